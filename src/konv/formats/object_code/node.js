// Pictures from the standard input, as float32, to a network in WebAssembly; to the standard
// output, for each of them, the number of its class as an int32, and all outputs as float32.
const { readFileSync, writeSync } = require("fs");
const [file, inSize, outSize] = [process.argv[2], +process.argv[3], +process.argv[4]];
const PAGE = 65536;

const content = readFileSync(file);
const code = new WebAssembly.Module(content);
const asked = WebAssembly.Module.imports(code);
// What the network itself needs lies at the beginning; numbers follow it, the stack ends all.
const data = content.length + PAGE;
const room = Math.ceil((data + 4 * (inSize + outSize)) / PAGE) + 2;
const memory = new WebAssembly.Memory({ initial: room });
const stack = new WebAssembly.Global({ value: "i32", mutable: true }, room * PAGE);
const known = { __linear_memory: memory, __stack_pointer: stack };
const env = Object.fromEntries(asked.map(({ name }) => [name, known[name]]));
const { konv_predict } = new WebAssembly.Instance(code, { env }).exports;

const inAt = Math.ceil(data / 16) * 16;
const outAt = inAt + 4 * inSize;
const pictures = readFileSync(0);
for (let at = 0; at < pictures.length; at += 4 * inSize) {
  new Uint8Array(memory.buffer).set(pictures.subarray(at, at + 4 * inSize), inAt);
  const number = konv_predict(inAt, outAt);
  const row = Buffer.alloc(4 + 4 * outSize);
  row.writeInt32LE(number, 0);
  row.set(new Uint8Array(memory.buffer, outAt, 4 * outSize), 4);
  for (let done = 0; done < row.length; ) done += writeSync(1, row, done);
}
