// `emisar-console completion bash|zsh|fish`: a script that teaches the shell these verbs.
import type { Command } from 'commander';
import { UsageError } from './confirmation.ts';
import { completionScript, shells } from './completion-scripts.ts';
import { completionTable } from './completion-table.ts';
import { addVerb, type VerbRunner } from './verb.ts';
import { writeText } from './verb-io.ts';

export function addCompletionVerb(program: Command, runner: VerbRunner): void {
  addVerb(program, runner, {
    usage: 'completion <shell>',
    summary: `a script that completes verbs and flags in ${shells.join(', ')}`,
    examples: [
      'completion bash >> ~/.bashrc',
      'completion zsh > ~/.zfunc/_emisar-console',
      'completion fish > ~/.config/fish/completions/emisar-console.fish',
    ],
    values: shells,
    async run({ io }, _options, name) {
      const shell = shells.find((each) => each === name);
      if (shell === undefined)
        throw new UsageError(`Cannot complete in ${name}: choose ${shells.join(', ')}`);
      await writeText(io.stdout, completionScript(shell, completionTable(program)));
    },
  });
}
