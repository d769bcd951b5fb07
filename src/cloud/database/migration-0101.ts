// Schema: runners that are held. Nothing new is started on them, and nothing is done on the host.

export const heldRunners: readonly string[] = ['alter table runners add column held_at bigint'];
