-- The first tables of identity. A migration is never changed once it has been released.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE access_grant (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    org_id TEXT NOT NULL,
    org_path TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    object_id TEXT NOT NULL,
    actions TEXT[] NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    granted_by TEXT NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    CONSTRAINT access_grant_not_to_oneself CHECK (granted_by <> person_id)
);
CREATE INDEX access_grant_newest ON access_grant (created_at DESC, id DESC);
CREATE INDEX access_grant_object ON access_grant (object_id);
CREATE INDEX access_grant_org ON access_grant (org_id, created_at DESC, id DESC);
CREATE INDEX access_grant_owner ON access_grant (owner_id, created_at DESC, id DESC);
CREATE INDEX access_grant_path2 ON access_grant (split_part(org_path, '.', 2), created_at DESC, id DESC);
CREATE INDEX access_grant_path3 ON access_grant (split_part(org_path, '.', 3), created_at DESC, id DESC);

CREATE TABLE client_assertion (
    service_account_id TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (service_account_id, jti)
);
CREATE INDEX ix_client_assertion_expires_at ON client_assertion (expires_at);

CREATE TABLE credential (
    person_id TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (person_id)
);

CREATE TABLE fact_log (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE fact_taking (
    aggregate TEXT NOT NULL,
    aggregate_seq BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (aggregate, aggregate_seq)
);

CREATE TABLE invitation (
    person_id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (person_id),
    UNIQUE (digest)
);

CREATE TABLE organization (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    org_id TEXT NOT NULL,
    org_path TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    name TEXT NOT NULL,
    types TEXT[] NOT NULL,
    domains TEXT[] NOT NULL,
    tax_id TEXT NOT NULL,
    country TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    tier TEXT NOT NULL,
    regions TEXT[] NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT organization_is_its_own CHECK (org_id = id),
    CONSTRAINT organization_path_ends_with_dot CHECK (right(org_path, 1) = '.')
);
CREATE INDEX organization_level_2 ON organization (split_part(org_path, '.', 2), name, id);
CREATE INDEX organization_level_3 ON organization (split_part(org_path, '.', 3), name, id);
CREATE INDEX organization_manager ON organization (owner_id, name, id);
CREATE INDEX organization_name ON organization (name, id);
CREATE INDEX organization_parent ON organization (parent_id, name, id);
CREATE UNIQUE INDEX organization_vendor ON organization (parent_id) WHERE parent_id = '';
CREATE INDEX organization_words ON organization USING gin (lower(name) gin_trgm_ops);

CREATE TABLE organization_claim (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    PRIMARY KEY (kind, value),
    CONSTRAINT organization_claim_kind CHECK (kind IN ('domain', 'tax_id'))
);
CREATE INDEX ix_organization_claim_organization_id ON organization_claim (organization_id);

CREATE TABLE person (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    org_id TEXT NOT NULL,
    org_path TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    state TEXT NOT NULL,
    roles TEXT[] NOT NULL,
    assigned TEXT[] NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    theme TEXT NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE,
    last_sign_in_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    CONSTRAINT person_is_her_own CHECK (owner_id = id),
    CONSTRAINT person_email_lower CHECK (email = lower(email))
);
CREATE UNIQUE INDEX person_email ON person (email);
CREATE INDEX person_email_words ON person USING gin (email gin_trgm_ops);
CREATE INDEX person_level_2 ON person (split_part(org_path, '.', 2), name, id);
CREATE INDEX person_level_3 ON person (split_part(org_path, '.', 3), name, id);
CREATE INDEX person_name ON person (name, id);
CREATE INDEX person_name_words ON person USING gin (lower(name) gin_trgm_ops);
CREATE INDEX person_org ON person (org_id, name, id);
CREATE INDEX person_roles ON person USING gin (roles);

CREATE TABLE person_group (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    org_id TEXT NOT NULL,
    org_path TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    roles TEXT[] NOT NULL,
    member_ids TEXT[] NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX person_group_level_2 ON person_group (split_part(org_path, '.', 2), name, id);
CREATE INDEX person_group_level_3 ON person_group (split_part(org_path, '.', 3), name, id);
CREATE INDEX person_group_members ON person_group USING gin (member_ids);
CREATE INDEX person_group_name ON person_group (name, id);
CREATE INDEX person_group_org ON person_group (org_id, name, id);
CREATE INDEX person_group_owner ON person_group (owner_id, name, id);

CREATE TABLE role (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    permissions JSONB NOT NULL,
    readable_fields TEXT[] NOT NULL,
    approval_limit BIGINT NOT NULL,
    grantable_roles TEXT[] NOT NULL,
    toxic_with TEXT[] NOT NULL,
    shipped BOOLEAN NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT role_kind CHECK (kind IN ('vendor', 'partner', 'system'))
);

CREATE TABLE service_account (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    org_id TEXT NOT NULL,
    org_path TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    roles TEXT[] NOT NULL,
    public_key TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);
CREATE INDEX service_account_name ON service_account (name, id);

CREATE TABLE service_account_secret (
    digest BYTEA NOT NULL,
    service_account_id TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (digest)
);
CREATE INDEX ix_service_account_secret_service_account_id ON service_account_secret (service_account_id);

CREATE TABLE session (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    person_id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    method TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_reason TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (digest)
);
CREATE INDEX ix_session_expires_at ON session (expires_at);
CREATE INDEX session_person ON session (person_id, created_at DESC);

CREATE TABLE sign_in_attempt (
    digest BYTEA NOT NULL,
    failures INTEGER NOT NULL,
    locks INTEGER NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    last_failed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX ix_sign_in_attempt_last_failed_at ON sign_in_attempt (last_failed_at);

CREATE TABLE signing_key (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    x TEXT NOT NULL,
    usable_from TIMESTAMP WITH TIME ZONE NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);
