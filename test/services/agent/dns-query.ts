import { execFileSync } from "node:child_process";

/** Sends one question by hand, by UDP or TCP, and prints the answer's hex, or nothing in time. */
const ASK = `
const [server, port, transport, name, patience] = process.argv.slice(1);
const labels = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
const query = Buffer.concat([Buffer.from("123401000001000000000000", "hex"), ...labels, Buffer.from([0, 0, 1, 0, 1])]);
const done = (answer) => { process.stdout.write(answer.toString("hex")); process.exit(0); };
setTimeout(() => process.exit(0), Number(patience));
if (transport === "udp") {
  const socket = require("node:dgram").createSocket(server.includes(":") ? "udp6" : "udp4");
  socket.on("error", () => process.exit(0));
  socket.on("message", done);
  socket.send(query, Number(port), server);
} else {
  const socket = require("node:net").connect(Number(port), server);
  socket.on("error", () => process.exit(0));
  socket.on("data", (data) => done(data.subarray(2)));
  socket.write(Buffer.concat([Buffer.from([0, query.length]), query]));
}
`;

export interface Answer {
  readonly rcode: number;
  readonly answers: number;
  /** The last four bytes: the address, where the answer has one of IPv4. */
  readonly address: string;
}

export interface Question {
  readonly server: string;
  readonly name: string;
  readonly port?: number;
  readonly transport?: "udp" | "tcp";
  /** How long to wait for an answer. @default 6 s */
  readonly patienceMs?: number;
}

/** What a resolver answers to a question from a network namespace; undefined: nothing. */
export function ask(netns: string, question: Question): Answer | undefined {
  const { server, name, port = 53, transport = "udp", patienceMs = 6_000 } = question;
  const how = [server, String(port), transport, name, String(patienceMs)];
  const node = [process.execPath, "-e", ASK, ...how];
  const hex = execFileSync("ip", ["netns", "exec", netns, ...node], { encoding: "utf8" });
  if (hex === "") return undefined;
  const bytes = Buffer.from(hex, "hex");
  return {
    rcode: bytes.readUInt8(3) & 0x0f,
    answers: bytes.readUInt16BE(6),
    address: bytes.subarray(-4).join("."),
  };
}

/** Sends that many questions by UDP from one socket, as fast as it goes, and waits for no answer. */
const FLOOD = `
const [server, count] = process.argv.slice(1);
const socket = require("node:dgram").createSocket(server.includes(":") ? "udp6" : "udp4");
const query = Buffer.from("12340100000100000000000003777777076578616d706c6503636f6d0000010001", "hex");
let sent = 0;
const next = () => (sent++ < Number(count) ? socket.send(query, 53, server, next) : setTimeout(() => process.exit(0), 500));
next();
`;

export function flood(netns: string, server: string, count: number): void {
  const node = [process.execPath, "-e", FLOOD, server, String(count)];
  execFileSync("ip", ["netns", "exec", netns, ...node]);
}

/** Opens that many connections at once; prints how many stand after a moment. */
const CONNECT = `
const [server, count] = process.argv.slice(1);
let standing = 0;
for (let i = 0; i < Number(count); i += 1)
  require("node:net").connect(53, server).on("connect", () => (standing += 1)).on("error", () => {});
setTimeout(() => { process.stdout.write(String(standing)); process.exit(0); }, 1_500);
`;

export function connections(netns: string, server: string, count: number): number {
  const node = [process.execPath, "-e", CONNECT, server, String(count)];
  return Number(execFileSync("ip", ["netns", "exec", netns, ...node], { encoding: "utf8" }));
}
