// What tests, and the programs they start, find in their environment: nothing of the machine they run on
// that would change what they do.

// Ink draws nothing but its last frame when CI is set, even to nothing.
delete process.env['CI'];
for (const name of Object.keys(process.env)) {
  if (/^(EMISAR_|npm_|NO_COLOR$|FORCE_COLOR$)/.test(name)) delete process.env[name];
}
process.env['TZ'] = 'UTC';
