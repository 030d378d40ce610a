"""The servicer of the programme: its numbers, and the accounts kept for the vendor."""

from __future__ import annotations

import json
from typing import Any

from prm.deals.v1 import programme_pb2 as pb
from prm.deals.v1 import programme_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.store.reading import Question
from chassis.times import moment, to_timestamp
from services.deals.programme.commands import ScheduleSetting, schedule_setting
from services.deals.programme.model import Setting
from services.deals.programme.queries import settings_at, zone_at
from services.deals.reserved_accounts.commands import KeepAccount, ReleaseAccount, keep_account, release_account
from services.deals.reserved_accounts.model import ReservedAccount
from services.deals.reserved_accounts.queries import list_accounts


class Programme(programme_pb2_grpc.ProgrammeServicer):
    """prm.deals.v1.Programme."""

    def GetProgrammeSettings(self, request: pb.GetProgrammeSettingsRequest, context: Any) -> pb.ProgrammeSettings:
        """All settings at a time. Errors: see programme.proto."""
        view = reading(context)
        at = moment(request.at, "at") if request.HasField("at") else view.now
        settings = [setting_proto(item) for item in settings_at(view, at)]
        return pb.ProgrammeSettings(settings=settings, time_zone=zone_at(view.connection, at))

    def ScheduleProgrammeSetting(self, request: pb.ScheduleProgrammeSettingRequest, context: Any) -> pb.ProgrammeSetting:
        """Change a number from a date on. Errors: see programme.proto."""
        begin = moment(request.effective_time, "effective_time") if request.HasField("effective_time") else None
        return setting_proto(schedule_setting(transaction(context), ScheduleSetting(request.name, request.value, begin)))

    def CreateReservedAccount(self, request: pb.CreateReservedAccountRequest, context: Any) -> pb.ReservedAccount:
        """Keep an account. Errors: see programme.proto."""
        wanted = request.reserved_account
        command = KeepAccount(wanted.name, wanted.domain, wanted.country, wanted.tax_id, wanted.note)
        return account_proto(keep_account(transaction(context), command))

    def ListReservedAccounts(self, request: pb.ListReservedAccountsRequest, context: Any) -> pb.ListReservedAccountsResponse:
        """Those kept. Errors: see programme.proto."""
        page = list_accounts(reading(context), Question(request.page_size, request.page_token))
        accounts = [account_proto(item) for item in page.items]
        return pb.ListReservedAccountsResponse(reserved_accounts=accounts, next_page_token=page.next_token)

    def ReleaseReservedAccount(self, request: pb.ReleaseReservedAccountRequest, context: Any) -> pb.ReservedAccount:
        """Open it again. Errors: see programme.proto."""
        return account_proto(release_account(transaction(context), ReleaseAccount(request.id, request.etag)))


def setting_proto(setting: Setting) -> pb.ProgrammeSetting:
    """As the contract shows it."""
    return pb.ProgrammeSetting(
        id=setting.id,
        name=setting.name,
        value=json.dumps(setting.value, ensure_ascii=False),
        effective_time=to_timestamp(setting.effective_at) if setting.id else None,
        shipped=not setting.id,
    )


def account_proto(account: ReservedAccount) -> pb.ReservedAccount:
    """As the contract shows it."""
    return pb.ReservedAccount(
        id=account.id,
        name=account.name,
        domain=account.domain,
        country=account.country,
        tax_id=account.tax_id,
        note=account.note,
        released=account.released,
        create_time=to_timestamp(account.created_at),
        update_time=to_timestamp(account.updated_at),
        etag=account.etag,
    )
