"""`prm.identity.v1.Organizations`: translates, decides nothing. Errors and rights stand in organizations.proto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prm.identity.v1 import organizations_pb2, organizations_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.rpc.updates import fields_to_change
from chassis.store.reading import Question
from chassis.times import to_timestamp
from services.identity.organizations import commands, queries
from services.identity.organizations.model import Organization
from services.identity.organizations.rules import clean_domains

Proto = organizations_pb2.Organization
READ: dict[str, Callable[[Any], Any]] = {
    "name": lambda message: message.name.strip(),
    "types": lambda message: sorted(set(message.types)),
    "domains": lambda message: clean_domains(message.domains),
    "tax_id": lambda message: message.tax_id.strip(),
    "country": lambda message: message.country,
    "time_zone": lambda message: message.time_zone,
    "tier": lambda message: message.tier,
    "regions": lambda message: sorted(set(message.regions)),
    "channel_manager_id": lambda message: message.channel_manager_id,
}


class Organizations(organizations_pb2_grpc.OrganizationsServicer):
    """The vendor, its distributors and their partners."""

    def CreateOrganization(self, request: organizations_pb2.CreateOrganizationRequest, context: Any) -> Proto:
        """Add one."""
        names = [name for name in READ if getattr(request.organization, name)]
        command = commands.CreateOrganization(request.organization.parent_id, _values(request.organization, names))
        return to_proto(commands.create_organization(transaction(context), command))

    def GetOrganization(self, request: organizations_pb2.GetOrganizationRequest, context: Any) -> Proto:
        """One organisation."""
        return to_proto(queries.get_organization(reading(context), request.id))

    def BatchGetOrganizations(
        self, request: organizations_pb2.BatchGetOrganizationsRequest, context: Any
    ) -> organizations_pb2.BatchGetOrganizationsResponse:
        """Several at once."""
        found = queries.get_several(reading(context), request.ids)
        return organizations_pb2.BatchGetOrganizationsResponse(organizations=map(to_proto, found))

    def ListOrganizations(
        self, request: organizations_pb2.ListOrganizationsRequest, context: Any
    ) -> organizations_pb2.ListOrganizationsResponse:
        """Those the caller may see."""
        question = Question(request.page_size, request.page_token, request.filter)
        page = queries.list_organizations(reading(context), question, request.search)
        return organizations_pb2.ListOrganizationsResponse(organizations=map(to_proto, page.items), next_page_token=page.next_token)

    def UpdateOrganization(self, request: organizations_pb2.UpdateOrganizationRequest, context: Any) -> Proto:
        """Change what it is."""
        names = fields_to_change(request.organization, request.update_mask, READ)
        command = commands.UpdateOrganization(request.organization.id, request.etag, _values(request.organization, names))
        return to_proto(commands.update_organization(transaction(context), command))

    def ActivateOrganization(self, request: organizations_pb2.ActivateOrganizationRequest, context: Any) -> Proto:
        """Onboarding is done."""
        return to_proto(commands.activate_organization(transaction(context), commands.Named(request.id, request.etag)))

    def SuspendOrganization(self, request: organizations_pb2.SuspendOrganizationRequest, context: Any) -> Proto:
        """Close it for now."""
        command = commands.Named(request.id, request.etag, reason=request.reason)
        return to_proto(commands.suspend_organization(transaction(context), command))

    def ReactivateOrganization(self, request: organizations_pb2.ReactivateOrganizationRequest, context: Any) -> Proto:
        """Open it again."""
        return to_proto(commands.reactivate_organization(transaction(context), commands.Named(request.id, request.etag)))

    def TerminateOrganization(self, request: organizations_pb2.TerminateOrganizationRequest, context: Any) -> Proto:
        """Close it for good."""
        command = commands.Named(request.id, request.etag, reason=request.reason)
        return to_proto(commands.terminate_organization(transaction(context), command))

    def MoveOrganization(self, request: organizations_pb2.MoveOrganizationRequest, context: Any) -> Proto:
        """Put it below another."""
        command = commands.Named(request.id, request.etag, parent_id=request.parent_id)
        return to_proto(commands.move_organization(transaction(context), command))


def _values(message: Proto, names: Any) -> dict[str, Any]:
    """Values by the model's fields: the channel manager is the owner of the row."""
    return {"owner_id" if name == "channel_manager_id" else name: READ[name](message) for name in names}


def to_proto(organization: Organization) -> Proto:
    """As the contract shows it."""
    return Proto(
        id=organization.id,
        parent_id=organization.parent_id,
        name=organization.name,
        types=organization.types,
        domains=organization.domains,
        tax_id=organization.tax_id,
        country=organization.country,
        time_zone=organization.time_zone,
        tier=organization.tier,
        regions=organization.regions,
        state=Proto.State.Value(organization.state.name),
        path=organization.org_path,
        channel_manager_id=organization.owner_id,
        create_time=to_timestamp(organization.created_at),
        update_time=to_timestamp(organization.updated_at),
        etag=organization.etag,
    )
