/** What an attacker wants a target to run: it hides in what one side takes for a body. */
export const HIDDEN = "GET /v1/accounts/smuggled HTTP/1.1\r\nHost: localhost\r\nX-Pad: 1\r\n\r\n";

/** One way to make two servers disagree where a request ends or whom it is for. */
export interface Form {
  readonly name: string;
  /** The whole of what goes over the wire, one byte a character. */
  readonly bytes: string;
  /** Statuses that the attacker may see first; none: the connection ends without an answer. */
  readonly status: readonly number[];
}

const LINE = "POST /v1/accounts HTTP/1.1\r\n";
export const START = `${LINE}Host: localhost\r\n`;
const REFUSED = [400];
export const size = (text: string): string => text.length.toString(16);
export const chunked = (body: string): string => `${size(body)}\r\n${body}\r\n0\r\n\r\n`;

export const refused = (
  name: string,
  bytes: string,
  status: readonly number[] = REFUSED,
): Form => ({
  name,
  bytes,
  status,
});

/** A body as long as the hidden request, and a header that wants its length forgotten. */
const connection = (option: string): Form =>
  refused(
    `Connection: ${option}`,
    `${START}Connection: ${option}\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  );

export const CONNECTION: readonly Form[] = [
  ...[
    "content-length",
    "Content-Length",
    "close, content-length",
    "keep-alive,\tCONTENT-LENGTH",
    "content-type, content-length, te",
    "host",
    "authorization",
    "cookie",
    "x-forwarded-for",
    "x-forwarded-proto",
    "expect",
  ].map(connection),
  refused(
    "two Connection headers, the second names the length",
    `${START}Connection: keep-alive\r\nConnection: content-length\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ),
  refused(
    "Connection: transfer-encoding",
    `${START}Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(HIDDEN)}`,
  ),
  refused(
    "a GET whose Connection names the length",
    `GET /v1/accounts HTTP/1.1\r\nHost: localhost\r\nConnection: content-length\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ),
];

const lengths = (name: string, value: string): Form =>
  refused(name, `${START}${value}\r\n\r\n${HIDDEN}`);

export const LENGTHS: readonly Form[] = [
  lengths("two lengths that differ", `Content-Length: 0\r\nContent-Length: ${HIDDEN.length}`),
  lengths(
    "two lengths that agree",
    `Content-Length: ${HIDDEN.length}\r\nContent-Length: ${HIDDEN.length}`,
  ),
  lengths("a list of lengths", `Content-Length: ${HIDDEN.length}, ${HIDDEN.length}`),
  lengths("a signed length", `Content-Length: +${HIDDEN.length}`),
  lengths("a negative length", "Content-Length: -1"),
  lengths("a hexadecimal length", `Content-Length: 0x${size(HIDDEN)}`),
  lengths("a length with a space inside", "Content-Length: 0 0"),
  lengths("a length with a point", "Content-Length: 0.0"),
  lengths("an empty length", "Content-Length:"),
  lengths("a length beyond 64 bits", "Content-Length: 18446744073709551616"),
  lengths("a length of 17 digits", "Content-Length: 10000000000000000"),
  lengths("a length after a space in its name", `Content-Length : ${HIDDEN.length}`),
  lengths("a length followed by a control character", "Content-Length: 0\x11"),
];

const coded = (name: string, value: string): Form =>
  refused(name, `${START}${value}\r\n\r\n${chunked("x")}${HIDDEN}`);
const both = (name: string, value: string): Form =>
  refused(name, `${START}Content-Length: 6\r\n${value}\r\n\r\n0\r\n\r\nX${HIDDEN}`);

export const CODINGS: readonly Form[] = [
  both("CL.TE", "Transfer-Encoding: chunked"),
  refused(
    "TE.CL",
    `${START}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunked(HIDDEN)}`,
  ),
  both("CL.TE with a vertical tab", "Transfer-Encoding:\vchunked"),
  both("CL.TE with a space before the colon", "Transfer-Encoding : chunked"),
  both("CL.TE with a tab before the colon", "Transfer-Encoding\t: chunked"),
  both("CL.TE with a NUL in the name", "Transfer-Encoding\0: chunked"),
  both("CL.TE with a space inside the name", "Transfer- Encoding: chunked"),
  both("CL.TE after a bare line feed", "X: y\nTransfer-Encoding: chunked"),
  both("CL.TE after a bare carriage return", "X: y\rTransfer-Encoding: chunked"),
  both("CL.TE folded", "Transfer-Encoding:\r\n chunked"),
  both("CL.TE of an unknown coding", "Transfer-Encoding: xchunked"),
  both("CL.TE of identity", "Transfer-Encoding: identity"),
  both("CL.TE of nothing", "Transfer-Encoding:"),
  coded("chunked twice in one header", "Transfer-Encoding: chunked, chunked"),
  coded("chunked in two headers", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
  coded("chunked and then identity", "Transfer-Encoding: chunked, identity"),
  coded("identity and then chunked", "Transfer-Encoding: identity, chunked"),
  coded("gzip and then chunked", "Transfer-Encoding: gzip, chunked"),
  coded(
    "chunked in one header, gzip in a second",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
  ),
  coded("a quoted coding", 'Transfer-Encoding: "chunked"'),
  coded("a coding with a parameter", "Transfer-Encoding: chunked;q=1"),
  coded("a coding with a comma before it", "Transfer-Encoding: ,chunked"),
  coded("a coding with a control character", "Transfer-Encoding: chunked\x01"),
  coded("a misspelt coding", "Transfer-Encoding: chunkedd"),
];

const chunks = (name: string, body: string): Form =>
  refused(name, `${START}Transfer-Encoding: chunked\r\n\r\n${body}`);

export const CHUNKS: readonly Form[] = [
  chunks("a chunk's size ends in a bare line feed", `5\nhello\r\n0\r\n\r\n${HIDDEN}`),
  chunks(
    "a chunk's extension ends in a bare line feed",
    `2;\nxx\r\n${size(HIDDEN)}\r\n${HIDDEN}\r\n0\r\n\r\n`,
  ),
  chunks("a chunk's extension holds a carriage return", `2;a\rb\r\nxx\r\n0\r\n\r\n${HIDDEN}`),
  chunks("a chunk's size is signed", `+5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
  chunks("a chunk's size is negative", `-1\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
  chunks("a chunk's size has a prefix", `0x5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
  chunks("a chunk's size has a space before it", ` 5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
  chunks("a chunk's size has a space after it", `5 \r\nhello\r\n0\r\n\r\n${HIDDEN}`),
  chunks("a chunk's size overflows", `10000000000000005\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
  chunks("a chunk has no size", `\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
  chunks("a chunk is longer than its size", `2\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
  chunks("a chunk's data end in a bare line feed", `5\r\nhello\n0\r\n\r\n${HIDDEN}`),
  chunks(
    "a trailer tells a length",
    `${size(HIDDEN)}\r\n${HIDDEN}\r\n0\r\nContent-Length: 0\r\n\r\n${HIDDEN}`,
  ),
  chunks("the last chunk ends in a bare line feed", `0\n\n${HIDDEN}`),
];
