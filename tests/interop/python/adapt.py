"""Makes a checkout of ocapn-test-suite speak a later dialect than it was written for."""

from contrib.syrup import Record, Symbol
from utils import captp_types


def relabel(name, label):
    """ Messages of a class have another label from now on """
    kind = getattr(captp_types, name)
    encode = kind.to_syrup_record

    def to_syrup_record(self):
        return Record(Symbol(label), encode(self).args)

    def from_syrup_record(cls, record):
        return cls(*record.args)

    kind.to_syrup_record = to_syrup_record
    kind.from_syrup_record = classmethod(from_syrup_record)
    captp_types.CAPTP_TYPES = {key: it for key, it in captp_types.CAPTP_TYPES.items() if it is not kind}
    captp_types.CAPTP_TYPES[Symbol(label)] = kind


def name_plurals():
    """ 2026-02: the labels of releases, which the commit 5bfcde9 still has in the singular """
    relabel("OpGcExport", "op:gc-exports")
    relabel("OpGcAnswer", "op:gc-answers")


def listen_with_two_fields():
    """ 2026-03: op:listen without wants-partial """
    listen = captp_types.OpListen
    encode = listen.to_syrup_record

    def to_syrup_record(self):
        return Record(Symbol("op:listen"), encode(self).args[:2])

    def from_syrup_record(cls, record):
        to, resolve_me = (captp_types.decode_captp_message(it) for it in record.args)
        return cls(to, resolve_me, False)

    listen.to_syrup_record = to_syrup_record
    listen.from_syrup_record = classmethod(from_syrup_record)


class Pick(captp_types.CapTPType):
    """ op:get or op:index, which are sent and never received """

    def __init__(self, to, new_answer_pos, field_name=None, index=None):
        self.to = to
        self.field_name = field_name
        self.index = index
        self.new_answer_pos = new_answer_pos

    @property
    def answer(self):
        return captp_types.DescAnswer(self.new_answer_pos)

    @classmethod
    def from_syrup_record(cls, record):
        raise NotImplementedError

    def to_syrup_record(self):
        label, key = ("op:get", self.field_name) if self.index is None else ("op:index", self.index)
        return Record(Symbol(label), [self.to.to_syrup_record(), key, self.new_answer_pos])


def add_referencing():
    """ What the tests of the branch add-referencing-tests (a79efb4) need of a suite without op:deliver-only """

    def deliver_only(to, args):
        return captp_types.OpDeliver(to, args, False, False)

    captp_types.OpDeliverOnly = deliver_only
    captp_types.OpGet = Pick
    captp_types.OpIndex = Pick


def adapt(dialect):
    if dialect != "2026-01":
        name_plurals()
        add_referencing()
    if dialect == "2026-03":
        listen_with_two_fields()
