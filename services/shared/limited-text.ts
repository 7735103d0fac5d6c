/**
 * Body of an answer as text, read no further than `maxBytes`: a peer that never ends its answer
 * costs no more memory than that. Throws what `tooLarge` makes.
 */
export async function limitedText(
  response: Response,
  maxBytes: number,
  tooLarge: () => Error,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The types of fetch leave the chunks open; a byte stream gives Uint8Arrays (Fetch standard).
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
