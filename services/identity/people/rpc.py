"""`prm.identity.v1.People`: translates, decides nothing. Errors and rights stand in people.proto."""

from __future__ import annotations

from typing import Any

from prm.identity.v1 import people_pb2, people_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.rpc.updates import fields_to_change
from chassis.store.reading import Question
from services.identity.people import commands, own, queries
from services.identity.people.protos import me_to_proto, people_to_protos, person_to_proto

OTHERS_FIELDS = ("name", "language", "time_zone")
OWN_FIELDS = ("name", "language", "time_zone", "theme")


class People(people_pb2_grpc.PeopleServicer):
    """The people of all organisations."""

    def InvitePerson(self, request: people_pb2.InvitePersonRequest, context: Any) -> people_pb2.Person:
        """Add somebody and send her a link."""
        tx = transaction(context)
        command = commands.InvitePerson(
            request.organization_id, request.email, request.name, tuple(request.roles), request.language, request.time_zone
        )
        return person_to_proto(commands.invite_person(tx, command), tx.connection)

    def ResendInvitation(self, request: people_pb2.ResendInvitationRequest, context: Any) -> people_pb2.Person:
        """Send a new link."""
        tx = transaction(context)
        return person_to_proto(commands.resend_invitation(tx, request.id), tx.connection)

    def AcceptInvitation(self, request: people_pb2.AcceptInvitationRequest, context: Any) -> people_pb2.AcceptInvitationResponse:
        """Take up an invitation."""
        command = own.AcceptInvitation(request.token, request.password, request.name)
        return people_pb2.AcceptInvitationResponse(person_id=own.accept_invitation(transaction(context), command).id)

    def GetPerson(self, request: people_pb2.GetPersonRequest, context: Any) -> people_pb2.Person:
        """One person."""
        read = reading(context)
        return person_to_proto(queries.get_person(read, request.id), read.connection)

    def GetMe(self, request: people_pb2.GetMeRequest, context: Any) -> people_pb2.Me:
        """The caller herself."""
        read = reading(context)
        return me_to_proto(queries.get_me(read.connection, read.subject), read.connection)

    def BatchGetPeople(self, request: people_pb2.BatchGetPeopleRequest, context: Any) -> people_pb2.BatchGetPeopleResponse:
        """Name cards."""
        cards = queries.name_cards(reading(context), request.ids)
        card = people_pb2.BatchGetPeopleResponse.Card
        return people_pb2.BatchGetPeopleResponse(people=[card(id=row.id, name=row.name, organization_id=row.org_id) for row in cards])

    def ListPeople(self, request: people_pb2.ListPeopleRequest, context: Any) -> people_pb2.ListPeopleResponse:
        """The people the caller may see."""
        read = reading(context)
        page = queries.list_people(read, Question(request.page_size, request.page_token, request.filter), request.search)
        return people_pb2.ListPeopleResponse(people=people_to_protos(page.items, read.connection), next_page_token=page.next_token)

    def UpdatePerson(self, request: people_pb2.UpdatePersonRequest, context: Any) -> people_pb2.Person:
        """Change another's data."""
        tx = transaction(context)
        names = fields_to_change(request.person, request.update_mask, OTHERS_FIELDS)
        values = {name: getattr(request.person, name) for name in names}
        command = commands.UpdatePerson(request.person.id, request.etag, values)
        return person_to_proto(commands.update_person(tx, command), tx.connection)

    def UpdateMe(self, request: people_pb2.UpdateMeRequest, context: Any) -> people_pb2.Me:
        """Change one's own data."""
        tx = transaction(context)
        names = fields_to_change(request.person, request.update_mask, OWN_FIELDS)
        person = own.update_me(tx, {name: getattr(request.person, name) for name in names})
        return me_to_proto(queries.get_me(tx.connection, tx.subject), tx.connection, person)

    def ChangePassword(self, request: people_pb2.ChangePasswordRequest, context: Any) -> people_pb2.ChangePasswordResponse:
        """Change one's own password."""
        own.change_password(transaction(context), request.old_password, request.new_password)
        return people_pb2.ChangePasswordResponse()

    def SetRoles(self, request: people_pb2.SetRolesRequest, context: Any) -> people_pb2.Person:
        """Give exactly these roles."""
        tx = transaction(context)
        return person_to_proto(commands.set_roles(tx, commands.Given(request.id, request.etag, tuple(request.roles))), tx.connection)

    def AssignOrganizations(self, request: people_pb2.AssignOrganizationsRequest, context: Any) -> people_pb2.Person:
        """Give exactly these organisations."""
        tx = transaction(context)
        command = commands.Given(request.id, request.etag, tuple(request.organization_ids))
        return person_to_proto(commands.assign_organizations(tx, command), tx.connection)

    def DeactivatePerson(self, request: people_pb2.DeactivatePersonRequest, context: Any) -> people_pb2.Person:
        """Close her access."""
        tx = transaction(context)
        return person_to_proto(commands.deactivate_person(tx, commands.Given(request.id, request.etag)), tx.connection)

    def ReactivatePerson(self, request: people_pb2.ReactivatePersonRequest, context: Any) -> people_pb2.Person:
        """Open it again."""
        tx = transaction(context)
        return person_to_proto(commands.reactivate_person(tx, commands.Given(request.id, request.etag)), tx.connection)
