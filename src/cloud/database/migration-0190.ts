// Schema: a name belongs to one member of an account at a time, however many invitations come at once.

export const memberNames: readonly string[] = [
  // What a race made before this: whoever came second (by id, as good as any order) gets the end of their id.
  `update members set name = name || '~' || substr(id, 27) where removed_at is null and exists (
    select 1 from members as other where other.account_id = members.account_id and other.name = members.name
      and other.removed_at is null and other.id < members.id)`,
  'create unique index members_names on members (account_id, name) where removed_at is null',
];
