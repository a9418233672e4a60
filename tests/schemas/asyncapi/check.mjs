// Reads an AsyncAPI document on standard input; prints what the official parser says of it.
import { Parser } from "@asyncapi/parser";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { document, diagnostics } = await new Parser().parse(Buffer.concat(chunks).toString());
process.stdout.write(
  JSON.stringify({
    operations: document?.operations().all().map((operation) => operation.id()) ?? [],
    diagnostics: diagnostics.map(({ code, severity, message, path }) => ({
      code,
      severity,
      message,
      path: path.join("."),
    })),
  }),
);
