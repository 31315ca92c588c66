import { Counter, Task } from '@arcbox/metrics';

export const pulls = new Task('arcbox_image_pull', 'pulls');
export const pushes = new Task('arcbox_image_push', 'pushes');
export const builds = new Task('arcbox_image_build', 'builds');

export const pulledBytes = new Counter('arcbox_image_pulled_bytes_total', 'Bytes of layers and other content that came from registries.');
export const pushedBytes = new Counter('arcbox_image_pushed_bytes_total', 'Bytes of layers and other content that were sent to registries.');
