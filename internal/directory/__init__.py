"""directory: who organises, and who works for whom.

Owns the organisations and the roles that users have in them. A user without a role is no member; each role may do all
that the ones before it may:

    customer   known to the organisation: a season-ticket holder, a press contact; may see it
    staff      runs its events: catalog, seatmap, inventory let them edit, block and look in
    owner      decides about the organisation itself and its members

What always holds:
- An organisation has an owner: the last one can neither leave nor be made less. (An account that auth removes is gone
  all the same; an administrator then names another owner.)
- A user has one role in an organisation.

In: `auth.user.deleted`, which ends all roles of that user. Out: `directory.organization.created | updated | deleted`,
`directory.role.granted | revoked`. Asks `rpc.auth.find_people` whose an e-mail is and what members are called; without
an answer they are shown by their ids. Answers `rpc.directory.role`, which `internal.platform.roles` asks for every
organiser's call in every service, and `rpc.directory.ensure_organization` for who puts
an event on and names none.
"""
