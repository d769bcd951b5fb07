// The HTTP of the catalogue: the calls of protocol/api/actions.ts mapped to the door.
import { getAction, listActions } from '../../protocol/api/actions.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { Actions } from './actions.ts';

export function actionRoutes(actions: Actions): BoundRoute[] {
  return [
    bind(listActions, ({ caller, query }) => actions.list(caller, query)),
    bind(getAction, ({ caller, params, query }) => actions.detail(caller, params.id, query)),
  ];
}
