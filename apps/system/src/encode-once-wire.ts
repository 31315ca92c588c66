/** What ts-proto generates for a message. */
interface MessageType<Message, Partial> {
  fromPartial(object: Partial): Message;
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

/**
 * The same type for a method whose answers go to many streams: an object is
 * encoded once, however many get it. Nobody may change it after it was sent.
 */
export function encodedOnce<Message extends object, Partial extends object>(
  type: MessageType<Message, Partial>,
): MessageType<Partial, Partial> {
  const known = new WeakMap<object, Uint8Array>();
  const encode = (object: Partial): Uint8Array => {
    const bytes = known.get(object) ?? type.encode(type.fromPartial(object)).finish();
    known.set(object, bytes);
    return bytes;
  };
  return {
    fromPartial: (object) => object,
    encode: (object) => ({ finish: () => encode(object) }),
    decode: (bytes) => type.decode(bytes) as unknown as Partial,
  };
}
