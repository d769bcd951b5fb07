#!/usr/bin/env node
// The program `emisar-cloud`, the control plane. What it does is dist/emisar-cloud.js's; how it is started is launch.js's.
import { launch } from './launch.js';

await launch('emisar-cloud');
