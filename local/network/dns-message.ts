/** Addresses of the names that the embedded internet knows (blocks and names for documentation). */
export const INTERNET_NAMES: Readonly<
  Record<string, { readonly A: string; readonly AAAA: string }>
> = {
  "www.example.com": { A: "203.0.113.80", AAAA: "2001:db8::80" },
  "www.example.org": { A: "203.0.113.81", AAAA: "2001:db8::81" },
};

const HEADER = 12;
const TYPES = { 1: "A", 28: "AAAA" } as const;
const NXDOMAIN = 3;
const TTL_SECONDS = 60;
/** The question's name, which every message carries at byte 12. */
const NAME_POINTER = 0xc000 | HEADER;

interface Question {
  readonly name: string;
  readonly type: number;
  readonly end: number;
}

/** The first question (RFC 1035, 4.1.2); undefined: the bytes are none. */
function questionOf(query: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = HEADER;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString("latin1", at, at + length));
    at += length;
  }
  if (query.length < at + 4) return undefined;
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at), end: at + 4 };
}

/** An address as a record carries it; IPv6 with one `::` and whole groups alone. */
function bytesOf(address: string): Buffer {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number));
  const [head = [], tail = []] = address
    .split("::")
    .map((half) => half.split(":").filter((group) => group !== ""));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** Answers a query as a resolver would; undefined: it is no query with one question. */
export function answerTo(query: Buffer): Buffer | undefined {
  if (query.length < HEADER || query.readUInt16BE(4) !== 1) return undefined;
  const question = questionOf(query);
  if (question === undefined) return undefined;
  const known = INTERNET_NAMES[question.name];
  const type = question.type === 1 || question.type === 28 ? TYPES[question.type] : undefined;
  const data = known === undefined || type === undefined ? undefined : bytesOf(known[type]);
  const message = Buffer.from(query.subarray(0, question.end));
  // QR, RD, RA; the root exists, and resolvers look after it to learn who lives.
  message.writeUInt16BE(0x8180 | (known === undefined && question.name !== "" ? NXDOMAIN : 0), 2);
  message.writeUInt16BE(data === undefined ? 0 : 1, 6);
  message.writeUInt32BE(0, 8);
  if (data === undefined) return message;
  const record = Buffer.alloc(12);
  record.writeUInt16BE(NAME_POINTER, 0);
  record.writeUInt16BE(question.type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([message, record, data]);
}
