// The breadcrumb, a rule and the body of a screen; the lines around them are app.tsx's.
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { CrumbLine } from '../components/frame-lines.tsx';
import { Rule } from '../components/line.tsx';
import type { Spans } from '../theme/span.ts';
import { useConsole } from './console-context.ts';

export function ScreenFrame(props: { crumbs: readonly string[]; right?: Spans; children: ReactNode }) {
  const { room } = useConsole();
  return (
    <Box flexDirection="column" height={room.height + 2}>
      <CrumbLine crumbs={props.crumbs} right={props.right ?? ''} width={room.width} />
      <Rule width={room.width} />
      <Box flexDirection="column" height={room.height} overflowY="hidden">
        {props.children}
      </Box>
    </Box>
  );
}
