/** As much of the protobuf wire format as Streamlit's websocket needs: fields with a length, and numbers. */

/** A field: its number, and text, bytes, or a whole number. */
export type Field = [number: number, value: string | Buffer | number];

/** Encode a message. */
export function encode(...fields: Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number") return [varint(number << 3), varint(value)];
      const bytes = Buffer.from(value as string);
      return [varint((number << 3) | 2), varint(bytes.length), bytes];
    }),
  );
}

/** Follow the numbers of nested fields and return the first field there, if there is one. */
export function find(message: Buffer, ...path: number[]): Buffer | undefined {
  const [wanted, ...rest] = path;
  if (wanted === undefined) return message;
  for (let at = 0; at < message.length;) {
    const [key, afterKey] = readVarint(message, at);
    const kind = key & 7;
    if (kind === 0) at = readVarint(message, afterKey)[1];
    else if (kind === 1) at = afterKey + 8;
    else if (kind === 5) at = afterKey + 4;
    else {
      const [length, start] = readVarint(message, afterKey);
      at = start + length;
      const found = key >>> 3 === wanted ? find(message.subarray(start, at), ...rest) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

function readVarint(message: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = message.readUInt8(at++);
    value += (byte & 127) * scale;
    if (byte < 128) return [value, at];
  }
}
