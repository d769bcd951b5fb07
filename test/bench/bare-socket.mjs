// The least that a Node program with one socket is: connects with ws, answers pings, holds nothing.
import WebSocket from 'ws';

const socket = new WebSocket(process.argv[2] ?? '', { perMessageDeflate: false });
socket.on('message', () => {});
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(0));
