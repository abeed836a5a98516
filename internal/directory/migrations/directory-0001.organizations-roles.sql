create table if not exists organizations (
    id text primary key,
    name text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table if not exists user_roles (
    organization_id text not null references organizations on delete cascade,
    user_id text not null,
    role text not null check (role in ('customer', 'staff', 'owner')),
    since timestamptz not null,
    primary key (organization_id, user_id)
);
create index if not exists user_roles_user on user_roles (user_id, organization_id);
