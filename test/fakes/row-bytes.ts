/** A row of texts as PostgreSQL's `record_send` puts it together. */
export function rowBytes(texts: readonly (string | null)[]): Buffer {
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const typeOid = int32(25); // text
  const columns = texts.flatMap((text) => {
    const bytes = Buffer.from(text ?? '');
    return [typeOid, int32(text === null ? -1 : bytes.length), bytes];
  });
  return Buffer.concat([int32(texts.length), ...columns]);
}
