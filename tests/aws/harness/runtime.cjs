// Runs a function's handler once: the event on standard input, its answer into a file.
//
// Two things stand in for AWS's here: its network, in which the names of databases and of the API lead to them, and its
// authorities, which the function trusts. Nothing of the function's own code is touched.
const { readFileSync, writeFileSync } = require("node:fs");
const net = require("node:net");
const { join } = require("node:path");
const tls = require("node:tls");

const { ports, api, authority, answer } = JSON.parse(process.env.STAND_IN);
delete process.env.STAND_IN;

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const said = Array.isArray(args[0]) ? args[0] : args;
  const asked = typeof said[0] === "object" ? said[0] : { port: said[0], host: said[1] };
  const port = ports[asked.host] ?? (/\.amazonaws\.com(\.cn)?$/.test(asked.host ?? "") ? api : undefined);
  if (port === undefined) return connect.apply(this, args);
  const ready = said.filter((one) => typeof one === "function").slice(-1);
  return connect.call(this, { ...asked, port, host: "127.0.0.1" }, ...ready);
};

const secure = tls.connect;
tls.connect = (...args) => {
  const [options, ...rest] = args;
  if (typeof options !== "object") return secure(...args);
  return secure({ ...options, ca: [options.ca ?? tls.rootCertificates, authority].flat() }, ...rest);
};

const [file, name] = process.env._HANDLER.split(".");
(async () => {
  const { [name]: handler } = require(join(process.env.LAMBDA_TASK_ROOT, file));
  return handler(JSON.parse(readFileSync(0, "utf8")));
})()
  .then(
    (result) => ({ result: result ?? null }),
    (error) => ({
      error: { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split("\n") },
    }),
  )
  .then((said) => {
    writeFileSync(answer, JSON.stringify(said));
    process.exit(0);
  });
