"""The schema. One file a subject; every row belongs to a shop, and foreign keys carry `shop_id` with them.

Owns tables, keys and indexes. Must not hold behaviour: no queries, no decisions.
Whatever can arrive twice (a webhook, a CSV line, a coupon, a turn) has a unique key here (promise I10).
"""

from bot.models.alerts import Notice, Notification
from bot.models.base import Base
from bot.models.carts import Cart
from bot.models.consent import Consent, ConsentPayload, LedgerEntry, Signup, Suppression
from bot.models.conversations import Conversation, Inbound, InboundMedia, Journal, Signal, StrayText, Timer
from bot.models.customers import Customer, SegmentBounds
from bot.models.flows import Enrolment, Flow, FlowRevision, FlowStart
from bot.models.inbox import Draft, Note, Promise, ReadMark, ReadyReply, Watch
from bot.models.mending import MendedCode, Mending
from bot.models.offers import Click, Coupon, Link, Recovery
from bot.models.operations import Audit, Clock, Errand, ImportRun, Instance
from bot.models.orders import Order, OrderLine, Product, ShopNotice
from bot.models.paces import Alert, Pace
from bot.models.privacy import Checkpoint, Erasure, ProviderCopy
from bot.models.sending import Outbound, Receipt, StatusReport
from bot.models.shops import ApiKey, ConfirmedPhone, Sender, Shop, ShopFact
from bot.models.staff import Account, RecoveryCode, SignInSession, SignInTries, Staff, StaffLink
from bot.models.teaching import OpenQuestion, ShopHead, TaughtLine

__all__ = [
    "Account",
    "Alert",
    "ApiKey",
    "Audit",
    "Base",
    "Cart",
    "Checkpoint",
    "Click",
    "Clock",
    "ConfirmedPhone",
    "Consent",
    "ConsentPayload",
    "Conversation",
    "Coupon",
    "Customer",
    "Draft",
    "Enrolment",
    "Erasure",
    "Errand",
    "Flow",
    "FlowRevision",
    "FlowStart",
    "ImportRun",
    "Inbound",
    "InboundMedia",
    "Instance",
    "Journal",
    "LedgerEntry",
    "Link",
    "MendedCode",
    "Mending",
    "Note",
    "Notice",
    "Notification",
    "OpenQuestion",
    "Order",
    "OrderLine",
    "Outbound",
    "Pace",
    "Product",
    "Promise",
    "ProviderCopy",
    "ReadMark",
    "ReadyReply",
    "Receipt",
    "Recovery",
    "RecoveryCode",
    "SegmentBounds",
    "Sender",
    "Shop",
    "ShopFact",
    "ShopHead",
    "ShopNotice",
    "SignInSession",
    "SignInTries",
    "Signal",
    "Signup",
    "Staff",
    "StaffLink",
    "StatusReport",
    "StrayText",
    "Suppression",
    "TaughtLine",
    "Timer",
    "Watch",
]
