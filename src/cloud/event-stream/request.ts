// What a console sends over the stream, read from its text.
import { tryDecode } from '../../protocol/decode.ts';
import { StreamRequest } from '../../protocol/events.ts';

/** The request, or why it is none; a close reason holds at most 123 bytes. */
export function readRequest(text: string): StreamRequest | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'a frame is not valid JSON';
  }
  const decoded = tryDecode(StreamRequest, json);
  if (decoded.ok) return decoded.value;
  const sentence = `cannot read ${decoded.path === '' ? 'the frame' : decoded.path}: ${decoded.because}`;
  return Buffer.byteLength(sentence) <= 120
    ? sentence
    : `cannot read ${decoded.path.replace(/[^\w.]/g, '').slice(0, 60)}`;
}
