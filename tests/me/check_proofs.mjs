// Runs the page's own script over cases from stdin: [{proof, key, entry?, hash?}] -> [{index, size} | {step, message}].
import { readFileSync } from "node:fs";

const { checkProof, ProofError } = await import(process.argv[2]);
const answers = [];
for (const asked of JSON.parse(readFileSync(0, "utf-8"))) {
  try {
    const found = await checkProof(asked);
    answers.push({ origin: found.origin, index: String(found.index), size: String(found.size) });
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    answers.push({ step: error.step, message: error.message });
  }
}
process.stdout.write(JSON.stringify(answers));
