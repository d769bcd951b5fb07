#!/usr/bin/env node
// The program `emisar-console`. What it does is dist/emisar-console.js's; how it is started is launch.js's.
import { launch } from './launch.js';

await launch('emisar-console');
