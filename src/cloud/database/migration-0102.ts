// Schema: packs of which a version was deleted. Should one be seen again it is not the first that was ever seen.

export const forgottenPacks: readonly string[] = [
  `create table forgotten_packs (
    account_id text not null references accounts(id), pack_id text not null, primary key (account_id, pack_id))`,
];
