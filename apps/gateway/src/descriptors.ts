import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

/** The contract as its compiler wrote it, with an index for the questions of server reflection. */
export class Descriptors {
  readonly set: FileDescriptorSet;
  readonly #files = new Map<string, FileDescriptorProto>();
  readonly #bySymbol = new Map<string, FileDescriptorProto>();
  /** Extended message → field number → file. */
  readonly #extensions = new Map<string, Map<number, FileDescriptorProto>>();

  /** `bytes` is a serialised google.protobuf.FileDescriptorSet with all imports. */
  constructor(bytes: Uint8Array) {
    this.set = fromBinary(FileDescriptorSetSchema, bytes);
    for (const file of this.set.file) {
      this.#files.set(file.name, file);
      this.#indexFile(file);
    }
  }

  file(name: string): FileDescriptorProto | undefined {
    return this.#files.get(name);
  }

  /** The file that declares a message, field, oneof, enum, value, service, method or extension, by its full name. */
  fileOf(symbol: string): FileDescriptorProto | undefined {
    return this.#bySymbol.get(symbol);
  }

  fileOfExtension(message: string, number: number): FileDescriptorProto | undefined {
    return this.#extensions.get(message)?.get(number);
  }

  /** Numbers of the extensions of a message; undefined when there is no such message. */
  extensionNumbers(message: string): number[] | undefined {
    const known = this.#extensions.get(message);
    if (known) return [...known.keys()];
    return this.#bySymbol.has(message) ? [] : undefined;
  }

  /** The file and all that it imports, itself first, each serialised. */
  withImports(file: FileDescriptorProto): Uint8Array[] {
    const found = new Set<FileDescriptorProto>();
    const add = (next: FileDescriptorProto): void => {
      if (found.has(next)) return;
      found.add(next);
      for (const name of next.dependency) {
        const imported = this.#files.get(name);
        if (imported) add(imported);
      }
    };
    add(file);
    return [...found].map((each) => toBinary(FileDescriptorProtoSchema, each));
  }

  #indexFile(file: FileDescriptorProto): void {
    const scope = file.package === '' ? '' : `${file.package}.`;
    for (const message of file.messageType) this.#indexMessage(file, scope, message);
    for (const each of file.enumType) this.#indexEnum(file, scope, each);
    for (const each of file.extension) this.#indexExtension(file, scope, each);
    for (const service of file.service) {
      this.#bySymbol.set(`${scope}${service.name}`, file);
      for (const method of service.method) this.#bySymbol.set(`${scope}${service.name}.${method.name}`, file);
    }
  }

  #indexMessage(file: FileDescriptorProto, outer: string, message: DescriptorProto): void {
    this.#bySymbol.set(`${outer}${message.name}`, file);
    const scope = `${outer}${message.name}.`;
    for (const { name } of [...message.field, ...message.oneofDecl]) this.#bySymbol.set(`${scope}${name}`, file);
    for (const each of message.extension) this.#indexExtension(file, scope, each);
    for (const nested of message.nestedType) this.#indexMessage(file, scope, nested);
    for (const each of message.enumType) this.#indexEnum(file, scope, each);
  }

  #indexEnum(file: FileDescriptorProto, scope: string, { name, value }: EnumDescriptorProto): void {
    this.#bySymbol.set(`${scope}${name}`, file);
    for (const each of value) {
      // Values are siblings of their enum in protobuf; many clients ask for them below it.
      this.#bySymbol.set(`${scope}${each.name}`, file);
      this.#bySymbol.set(`${scope}${name}.${each.name}`, file);
    }
  }

  #indexExtension(file: FileDescriptorProto, scope: string, { name, extendee, number }: FieldDescriptorProto): void {
    this.#bySymbol.set(`${scope}${name}`, file);
    const message = extendee.replace(/^\./, '');
    const known = this.#extensions.get(message) ?? new Map<number, FileDescriptorProto>();
    this.#extensions.set(message, known.set(number, file));
  }
}
