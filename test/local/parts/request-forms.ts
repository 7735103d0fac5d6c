import {
  CHUNKS,
  chunked,
  CODINGS,
  CONNECTION,
  HIDDEN,
  LENGTHS,
  refused,
  size,
  START,
  type Form,
} from "./body-forms.ts";

const request = refused;
const get = (target: string, headers = "Host: localhost\r\n", version = "HTTP/1.1"): string =>
  `GET ${target} ${version}\r\n${headers}\r\n`;

const TARGETS: readonly Form[] = [
  request("two Host headers", get("/v1/accounts/smuggled", "Host: localhost\r\nHost: other\r\n")),
  request("one Host twice", get("/v1/accounts/smuggled", "Host: localhost\r\nHost: localhost\r\n")),
  request("no Host", get("/v1/accounts/smuggled", "")),
  request("a list of hosts", get("/v1/accounts/smuggled", "Host: localhost, other\r\n")),
  request("Host with a user", get("/v1/accounts/smuggled", "Host: localhost@other\r\n")),
  request("Host with a path", get("/v1/accounts/smuggled", "Host: localhost/x\r\n")),
  request("absolute form of another host", get("http://other/v1/accounts/smuggled")),
  request("absolute form with a user", get("http://localhost@other/v1/accounts/smuggled")),
  request("absolute form of another scheme", get("ftp://localhost/v1/accounts/smuggled")),
  request("absolute form of an empty host", get("http:///v1/accounts/smuggled")),
  request("authority form", get("localhost:443")),
  request("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  request("a target without a slash", get("v1/accounts/smuggled")),
  request("a target with a fragment", get("/v1/accounts/smuggled#x")),
  request("a target with a space", get("/v1/accounts/smuggled x")),
  request("a target with a tab", get("/v1/accounts/smuggled\tHTTP/1.1")),
  request("a target with a byte above ASCII", get("/v1/accounts/smuggled\xa0")),
  request("a target with NUL", get("/v1/accounts/smuggled\0")),
];

const LINES: readonly Form[] = [
  request(
    "lines that end in line feeds",
    "GET /v1/accounts/smuggled HTTP/1.1\nHost: localhost\n\n",
  ),
  request(
    "a header that ends in a line feed",
    "GET /v1/accounts/smuggled HTTP/1.1\r\nHost: localhost\nA: b\r\n\r\n",
  ),
  request(
    "a head that ends in a line feed",
    "GET /v1/accounts/smuggled HTTP/1.1\r\nHost: localhost\r\n\n",
  ),
  request(
    "a space before the first header",
    "GET /v1/accounts/smuggled HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\n\r\n",
  ),
  request(
    "a space in a header's name",
    get("/v1/accounts/smuggled", "Host: localhost\r\nA b: c\r\n"),
  ),
  request("an empty name", get("/v1/accounts/smuggled", "Host: localhost\r\n: c\r\n")),
  request("a header without a colon", get("/v1/accounts/smuggled", "Host: localhost\r\nAbc\r\n")),
  request("NUL in a value", get("/v1/accounts/smuggled", "Host: localhost\r\nA: b\0c\r\n")),
  request(
    "a byte above ASCII in a name",
    get("/v1/accounts/smuggled", "Host: localhost\r\n\xa0Transfer-Encoding: chunked\r\n"),
  ),
  request(
    "a folded value that hides a header",
    get("/v1/accounts/smuggled", "Host: localhost\r\nA: b\r\n Transfer-Encoding: chunked\r\n"),
  ),
  request("a folded length", `${START}Content-Length: 0\r\n ${HIDDEN.length}\r\n\r\n${HIDDEN}`),
  request("HTTP/0.9", "GET /v1/accounts/smuggled\r\n\r\n"),
  request("an unknown version", get("/v1/accounts/smuggled", undefined, "HTTP/1.2")),
  request("HTTP/2.0 in text", get("/v1/accounts/smuggled", undefined, "HTTP/2.0")),
  request("two versions", get("/v1/accounts/smuggled HTTP/1.1")),
  request("a prior-knowledge HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  request("a space before the method", ` ${get("/v1/accounts/smuggled")}`),
];

const OTHERS: readonly Form[] = [
  request("CONNECT", `CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n${HIDDEN}`, [405]),
  request("TRACE", "TRACE /v1/accounts/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n", [405]),
  request(
    "an unknown expectation",
    `${START}Expect: 200-ok\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ),
  request(
    "an expectation with a word before it",
    `${START}Expect: y 100-continue\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ),
  request(
    "two expectations",
    `${START}Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ),
  request(
    "headers beyond 16 KiB",
    get("/v1/accounts/smuggled", `Host: localhost\r\nA: ${"x".repeat(17_000)}\r\n`),
    [431],
  ),
];

/** Refused whatever the mode. */
export const REFUSED_FORMS: readonly Form[] = [
  ...CONNECTION,
  ...LENGTHS,
  ...CODINGS,
  ...CHUNKS,
  ...TARGETS,
  ...LINES,
  ...OTHERS,
];

/** Strange, but with certain bounds for who reads by the RFC: forwarded apart, or refused when strictest. */
export const AMBIGUOUS_FORMS: readonly Form[] = [
  request(
    "a GET with a length and a body",
    `GET /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    [200],
  ),
  request(
    "a GET with chunks",
    `GET /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(HIDDEN)}`,
    [200],
  ),
  request(
    "a HEAD with a body",
    `HEAD /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    [200],
  ),
  request(
    "chunks in HTTP/1.0",
    `POST /v1/accounts/seen HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(HIDDEN)}`,
    [200],
  ),
  request(
    "Transfer_Encoding beside a length",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nTransfer_Encoding: chunked\r\nContent-Length: ${chunked(HIDDEN).length}\r\n\r\n${chunked(HIDDEN)}`,
    [200],
  ),
  request(
    "Content--Length beside a length",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nContent--Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    [200],
  ),
];

/** What two servers read alike: it passes in the defensive mode, and the hidden bytes stay a body. */
export const PASSING_FORMS: readonly Form[] = [
  request(
    "a body of a length",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    [200],
  ),
  request(
    "a body in chunks",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(HIDDEN)}`,
    [200],
  ),
  request(
    "chunks with an extension",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n${size(HIDDEN)};a=b\r\n${HIDDEN}\r\n0\r\n\r\n`,
    [200],
  ),
  request(
    "trailers that tell a host and an address",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nTrailer: Host\r\nTransfer-Encoding: chunked\r\n\r\n${size(HIDDEN)}\r\n${HIDDEN}\r\n0\r\nHost: other\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n`,
    [200],
  ),
  request(
    "a length after 2,000 headers",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\n${"a:\r\n".repeat(2_100)}Content-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    [200],
  ),
  request(
    "an upgrade to h2c",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    [200],
  ),
  request(
    "an upgrade to a web socket of no version",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 1337\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    [200],
  ),
  request(
    "an expectation of 100-continue",
    `POST /v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    [100],
  ),
  request(
    "absolute form of its own host",
    `POST https://localhost/v1/accounts/seen HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    [200],
  ),
];
