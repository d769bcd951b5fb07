// Schema: devices that wait for a signed-in member to type their code.

export const waitingDevices: readonly string[] = [
  `create table device_grants (
    id text primary key, account_id text not null references accounts(id), prefix text not null unique,
    hash text not null, user_code text not null unique, name text not null, address text,
    created_at bigint not null, expires_at bigint not null, member_id text references members(id),
    scope text, decision text, used_at bigint)`,
];
