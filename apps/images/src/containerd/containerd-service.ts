import { ContentDefinition } from '@arcbox/proto/containerd/services/content/v1/content';
import { ImagesDefinition } from '@arcbox/proto/containerd/services/images/v1/images';
import { IntrospectionDefinition } from '@arcbox/proto/containerd/services/introspection/v1/introspection';
import { LeasesDefinition } from '@arcbox/proto/containerd/services/leases/v1/leases';
import { NamespacesDefinition } from '@arcbox/proto/containerd/services/namespaces/v1/namespace';
import { VersionDefinition } from '@arcbox/proto/containerd/services/version/v1/version';
import { type ServedService, service } from '@arcbox/rpc';
import type { ImageEngine } from '../engine.ts';
import { contentService } from './content-service.ts';
import { imagesService } from './images-service.ts';
import { introspectionService } from './introspection-service.ts';
import { leasesService } from './leases-service.ts';
import { namespacesService } from './namespaces-service.ts';
import { versionService } from './version-service.ts';

/** What clients of containerd find here. */
export function containerdServices(engine: ImageEngine, node: string): ServedService[] {
  return [
    service(ImagesDefinition, imagesService(engine)),
    service(ContentDefinition, contentService(engine)),
    service(LeasesDefinition, leasesService(engine)),
    service(NamespacesDefinition, namespacesService()),
    service(IntrospectionDefinition, introspectionService(node)),
    service(VersionDefinition, versionService()),
  ];
}
