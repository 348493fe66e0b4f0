// A step of the gate: the workflows must be bundled without anything that a workflow may not import.
import { workflowBundle } from '../src/workflow-bundle.ts';

console.log(await workflowBundle());
