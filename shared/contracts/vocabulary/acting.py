"""Who may do what with a ticket, and why not."""

from shared.contracts.vocabulary.word import Word


class Part(Word):
    """What somebody is to a ticket. One may be several at once: what one may do follows from the part."""

    OWNER = "owner", "牵头", "owner"
    HANDLER = "handler", "承办", "handler"
    ABOVE = "above", "上级", "the level above"
    SUMMONED = "summoned", "被吹哨", "summoned"
    SUMMONER = "summoner", "吹哨人", "who summoned"
    AT_DOOR = "at_door", "楼门岗位", "a post at the door"
    REPORTER = "reporter", "诉求人", "reporter"
    COSIGNER = "cosigner", "联名人", "co-signer"
    NEIGHBOUR = "neighbour", "邻居", "neighbour"


class Action(Word):
    """What people do with a ticket: those at work first, then residents."""

    ACCEPT = "accept", "接单", "Accept"
    RESOLVE = "resolve", "办结", "Resolve"
    HAND_BACK = "hand_back", "退单", "Hand back"
    ESCALATE = "escalate", "提级上报", "Escalate"
    NOTE = "note", "记录", "Note"
    ASSIGN = "assign", "交办", "Assign down"
    TAKE_BACK = "take_back", "收回", "Take back"
    TRANSFER = "transfer", "转办", "Transfer"
    CONTACT = "contact", "联系居民", "Contact the resident"
    CALL_BACK = "call_back", "回访", "Call back"
    SUPERVISE = "supervise", "督办", "Supervise"
    REMIND = "remind", "催办", "Remind"
    SUSPEND = "suspend", "挂账", "Suspend"
    CONSENT = "consent", "同意挂账", "Consent to suspend"
    DECLINE = "decline", "不同意挂账", "Decline to suspend"
    DELIBERATE = "deliberate", "提交议事", "Put to deliberation"
    RESUME = "resume", "恢复办理", "Resume"
    RESTAMP = "restamp", "重新核定时限", "Set limits anew"
    MERGE = "merge", "并单", "Merge into another"
    UNMERGE = "unmerge", "撤销并单", "Unmerge"
    SPLIT = "split", "拆分", "Split into tasks"
    WHISTLE = "whistle", "吹哨", "Summon others"
    ARRIVE = "arrive", "报到", "Arrive"
    RELEASE = "release", "销哨", "Release"
    REJECT = "reject", "不予受理", "Do not take up"
    CONFIRM_HOUSEHOLD = "confirm_household", "核实住户", "Confirm a household"
    COSIGN = "cosign", "我家也是", "Mine too"
    COMMENT = "comment", "补充", "Comment"
    CONFIRM = "confirm", "确认解决", "Confirm that it is settled"
    REOPEN = "reopen", "申请重办", "Reopen"
    RATE = "rate", "评价", "Rate"
    WITHDRAW = "withdraw", "撤回", "Withdraw"
    APPEAL = "appeal", "申诉", "Appeal"


class Detail(Word):
    """What may come with an action: a field of its form."""

    TEXT = "text", "说明", "text"
    PHOTOS = "photos", "照片", "photos"
    TO = "to", "岗位", "post"
    POSTS = "posts", "各岗位", "posts"
    UNTIL = "until", "日期", "date"
    INTERNAL = "internal", "仅内部可见", "internal"
    SETTLED = "settled", "是否解决", "settled"
    WAY = "way", "联系方式", "way of contact"
    REACHED = "reached", "是否联系上", "reached"
    GRADE = "grade", "评价", "grade"
    TICKET = "ticket", "工单编号", "other ticket"
    TASKS = "tasks", "分项", "tasks"
    HOUSEHOLD = "household", "住户", "household"


class Way(Word):
    """How somebody at work got in touch with the resident."""

    PHONE = "phone", "电话", "by phone"
    VISIT = "visit", "上门", "in person"
    MESSAGE = "message", "信息", "by message"


class Refusal(Word):
    """Why an action was not carried out: the typed half of a 403 or 409."""

    UNKNOWN_TICKET = "unknown_ticket", "没有这张工单", "there is no such ticket"
    NOT_YOURS = "not_yours", "工单不在您手中", "the ticket is not in your hands"
    NOT_HOLDER = "not_holder", "您现在不在这个岗位", "you no longer hold that post"
    NOT_OWNER = "not_owner", "只有牵头人可以这样操作", "only the owner can do this"
    NOT_SUMMONER = "not_summoner", "谁吹哨谁销哨", "only the post that summoned them can do this"
    NOT_YOUR_PART = "not_your_part", "您在这张工单中不能这样操作", "not for your part in this ticket"
    WRONG_STATUS = "wrong_status", "当前状态不能这样操作", "not possible in this status"
    TOO_LATE = "too_late", "已过时限", "the time for this has passed"
    TOO_OFTEN = "too_often", "次数已满", "done too often already"
    TOO_SOON = "too_soon", "刚刚已经操作过", "done only a short while ago"
    TOP_OF_LADDER = "top_of_ladder", "已在最高层级", "there is no level above"
    NO_SUCH_POST = "no_such_post", "不能交给该岗位", "cannot be given to that post"
    NO_SUCH_DATE = "no_such_date", "日期不在允许范围内", "the date is not within what is allowed"
    NO_SUCH_HOUSEHOLD = "no_such_household", "没有这户联名", "no such household has co-signed"
    OTHER_TICKET = "other_ticket", "不能与那张工单合并", "cannot be merged with that ticket"
    SAME_TICKET = "same_ticket", "这就是本工单", "that is this ticket itself"
    OTHER_NOT_OPEN = "other_not_open", "那张工单不在办理中", "that ticket is not open"
    OTHER_PLACE = "other_place", "两张工单不在同一地区", "that ticket is about another place"
    OTHER_ABOUT = "other_about", "两张工单投诉的岗位不同", "that ticket is not a complaint about the same post"
    LESS_URGENT = "less_urgent", "那张工单没有本工单紧急", "that ticket is less urgent than this one"
    LATER_LIMIT = "later_limit", "那张工单的外部时限更晚", "others want that ticket settled later than this one"
    IS_TASK = "is_task", "分项不能再拆分", "a task is not split again"
    TASKS_OPEN = "tasks_open", "还有分项未办结", "there are tasks that have not ended"
    COSIGNED = "cosigned", "已有邻居联名", "neighbours have co-signed"
    UNCONFIRMED = "unconfirmed", "您家尚未经楼门岗位核实", "the post at your door has not confirmed your household yet"
    OWN_WORK = "own_work", "由同一岗位代报并办理，不能自己确认或评价", "the post that filed it has done the work itself"
    ALREADY = "already", "已经这样操作过了", "done already"
    NOTHING_TO_DO = "nothing_to_do", "没有需要处理的内容", "there is nothing of the kind"
    TEXT_MISSING = "text_missing", "请填写说明", "a text is needed"
    TO_MISSING = "to_missing", "请选择岗位", "choose a post"
    INCOMPLETE = "incomplete", "还有必填项未填", "something that is needed is missing"
    NOT_TAKEN = "not_taken", "填写了这项操作用不到的内容", "something was sent that this action does not take"
    ACTION_ID_USED = "action_id_used", "这个操作编号已用于另一次操作", "this action_id was used for another action"

    @property
    def is_about_who(self) -> bool:
        """Whether another could do it: a 403 over HTTP. The rest is about how the ticket stands: a 409."""
        return self in (Refusal.NOT_OWNER, Refusal.NOT_SUMMONER, Refusal.NOT_YOUR_PART)
