// Which screen is drawn at a place.
import { ActionScreen } from './screens/action-screen.tsx';
import { ActionsScreen } from './screens/actions-screen.tsx';
import { ApprovalScreen } from './screens/approval-screen.tsx';
import { ApprovalsScreen } from './screens/approvals-screen.tsx';
import { AuditScreen } from './screens/audit-screen.tsx';
import { DashboardScreen } from './screens/dashboard-screen.tsx';
import { DevicesScreen } from './screens/devices-screen.tsx';
import { FleetScreen } from './screens/fleet-screen.tsx';
import { GrantsScreen } from './screens/grants-screen.tsx';
import { MemberScreen } from './screens/member-screen.tsx';
import { TeamScreen } from './screens/team-screen.tsx';
import { KeysScreen } from './screens/keys-screen.tsx';
import { MintScreen } from './screens/mint-screen.tsx';
import { NewRunScreen } from './screens/new-run-screen.tsx';
import { OperationScreen } from './screens/operation-screen.tsx';
import { PackVersionScreen } from './screens/pack-version-screen.tsx';
import { PacksScreen } from './screens/packs-screen.tsx';
import type { Place } from './screens/place.ts';
import { PolicyScreen } from './screens/policy-screen.tsx';
import { ProfilesScreen, SignInScreen } from './screens/profiles-screen.tsx';
import { RunScreen } from './screens/run-screen.tsx';
import { RunnerScreen } from './screens/runner-screen.tsx';
import { TokenMintScreen } from './screens/token-mint-screen.tsx';
import { TokensScreen } from './screens/tokens-screen.tsx';
import { TroubleshootingScreen } from './screens/troubleshooting-screen.tsx';
import { RunsScreen } from './screens/runs-screen.tsx';

export function Screen({ place }: { place: Place }) {
  switch (place.screen) {
    case 'fleet':
      return <FleetScreen filter={place.filter} arranged={place.arranged} />;
    case 'runner':
      return <RunnerScreen id={place.id} />;
    case 'packs':
      return <PacksScreen filter={place.filter} />;
    case 'pack':
      return <PackVersionScreen id={place.id} />;
    case 'runs':
      return <RunsScreen filter={place.filter} />;
    case 'run':
      return <RunScreen id={place.id} />;
    case 'operation':
      return <OperationScreen id={place.id} />;
    case 'new-run':
      return <NewRunScreen place={place} />;
    case 'keys':
      return <KeysScreen filter={place.filter} />;
    case 'mint':
      return <MintScreen />;
    case 'team':
      return <TeamScreen filter={place.filter} />;
    case 'member':
      return <MemberScreen id={place.id} />;
    case 'approvals':
      return <ApprovalsScreen filter={place.filter} />;
    case 'approval':
      return <ApprovalScreen id={place.id} />;
    case 'audit':
      return <AuditScreen filter={place.filter} />;
    case 'troubleshooting':
      return <TroubleshootingScreen filter={place.filter} />;
    case 'dashboard':
      return <DashboardScreen />;
    case 'grants':
      return <GrantsScreen filter={place.filter} />;
    case 'actions':
      return <ActionsScreen filter={place.filter} />;
    case 'action':
      return <ActionScreen id={place.id} group={place.group} />;
    case 'policy':
      return <PolicyScreen scope={place.scope} />;
    case 'tokens':
      return <TokensScreen filter={place.filter} />;
    case 'token-mint':
      return <TokenMintScreen />;
    case 'devices':
      return <DevicesScreen filter={place.filter} />;
    case 'profiles':
      return <ProfilesScreen />;
    case 'sign-in':
      return <SignInScreen />;
  }
}
