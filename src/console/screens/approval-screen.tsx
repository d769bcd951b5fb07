// One request for approval: what will run, why, on what, who has said what; hashes and ids come last.
import { getApproval, type ApprovalDetail } from '../../protocol/api/approvals.ts';
import { Line, Rule } from '../components/line.tsx';
import { Failed, Loading } from '../components/states.tsx';
import { useNow } from '../components/tick.tsx';
import { useFetched } from '../components/use-fetched.ts';
import { pastInstant, type TimeMode } from '../format/time.ts';
import { fit, wrap } from '../format/width.ts';
import { useCommands } from '../keymap/use-keys.ts';
import { standingOf } from '../store/approvals.ts';
import { approvalTokens, badge, riskTokens } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';
import { approvalVerbs } from './approval-verbs.tsx';
import { timeLeft } from './approvals-screen.tsx';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { argumentText } from './run-facts.ts';
import { ScreenFrame } from './screen-frame.tsx';

export function ApprovalScreen({ id }: { id: string }) {
  const screen = useConsole();
  const { session, room, failureOf, timeMode, go, openMenu } = screen;
  const { phase } = useTopic('approvals');
  // Asked anew once the requests are known: what changed before that is in the answer.
  const standing = useConsoleState((state) => (phase === 'ready' ? standingOf(state, id) : phase));
  const now = useNow();
  const fetched = useFetched(id, standing, () => session.call(getApproval, { params: { id } }));
  const approval = fetched.value;
  const verbs = approval === null ? [] : approvalVerbs(screen, approval);
  useCommands({
    'app.refresh': fetched.again,
    'item.act':
      approval === null || verbs.length === 0
        ? undefined
        : () => openMenu(`${approval.action_id} on ${approval.runner_name}`, verbs),
    'item.related': approval === null ? undefined : () => go({ screen: 'run', id: approval.run_id }),
    'item.copy': approval === null ? undefined : () => screen.copy(approval.id, 'the id'),
    'item.copy_row':
      approval === null ? undefined : () => screen.copy(JSON.stringify(approval), 'the request as JSON'),
  });
  if (approval === null) {
    return (
      <ScreenFrame crumbs={['Approvals', id]}>
        {fetched.phase === 'error' ? (
          <Failed what="this request" failure={failureOf(fetched.error)} {...room} />
        ) : (
          <Loading what="the request" {...room} />
        )}
      </ScreenFrame>
    );
  }
  const left = timeLeft(approval, now);
  return (
    <ScreenFrame
      crumbs={['Approvals', `${approval.action_id} on ${approval.runner_name}`]}
      right={[
        badge(approvalTokens[approval.status]),
        { text: left === '–' ? '' : `  ends ${left}`, tone: 'dim' },
      ]}
    >
      {linesOf(approval, room.width, timeMode, now)
        .slice(0, room.height)
        .map((spans, index) =>
          spans === null ? (
            <Rule key={index} title={{ text: 'votes' }} width={room.width} />
          ) : (
            <Line key={index} spans={spans} width={room.width} />
          ),
        )}
    </ScreenFrame>
  );
}

const LABEL = 12;

/** Null for the rule above the votes. */
function linesOf(approval: ApprovalDetail, width: number, mode: TimeMode, now: number): (Spans | null)[] {
  const fact = (label: string, text: string, tone: Span['tone'] = 'plain'): Spans[] =>
    wrap(text, Math.max(20, width - LABEL - 1)).map((part, at): Span[] => [
      { text: fit(`   ${at === 0 ? label : ''}`, LABEL), tone: 'dim' },
      { text: part, tone },
    ]);
  const args = Object.entries(approval.args).map(([name, value]) => `${name}=${argumentText(value)}`);
  const votes = approval.votes.map((one): Span[] => [
    one.vote === 'approve'
      ? { text: '   ✓ approves  ', tone: 'good' }
      : { text: '   ✗ denies    ', tone: 'danger' },
    { text: one.member_name },
    { text: one.note === null ? '' : `  “${one.note}”` },
    { text: `  ${pastInstant(one.at, mode, now)}`, tone: 'dim' },
  ]);
  const needed = `${approval.approvals_count} of ${approval.min_approvals} approve`;
  return [
    ...fact('why', `“${approval.reason}”  by ${approval.requested_by}`),
    [
      { text: fit('   will run', LABEL), tone: 'dim' },
      { text: `${approval.action_id}  `, bold: true },
      badge(riskTokens[approval.risk]),
    ],
    ...fact('on', approval.runner_name),
    ...fact('args', args.length === 0 ? 'none' : args.join('  ')),
    ...fact('asked', pastInstant(approval.requested_at, mode, now)),
    ...(approval.decision_note === null ? [] : fact('note', `“${approval.decision_note}”`)),
    ...fact(
      'policy',
      `${approval.policy_rule} of ${approval.policy_scope}, version ${approval.policy_version}`,
      'dim',
    ),
    ...(approval.allow_self_approval ? [] : fact('rule', 'whoever asked cannot approve it', 'caution')),
    null,
    { text: `   ${needed}`, tone: 'dim' },
    ...votes,
    '',
    ...fact('pack', `${approval.pack_id} ${approval.pack_version}`, 'dim'),
    ...fact('bytes', approval.pack_hash, 'dim'),
    ...fact('args', `sha256 ${approval.args_sha256}`, 'dim'),
  ];
}
