"""The files of a small directory without a problem."""

GOOD = {
    "places.csv": """\
code,parent,level,name,door_code,group_link
town,,subdistrict,清源街道,,
li,town,community,丽园社区,,
li-1,li,building,1号楼,,https://groups.loumen.example/li
li-1-1,li-1,unit,1单元,D1,
li-1-2,li-1,unit,2单元,D2,
""",
    "roles.csv": """\
code,name,name_en,volunteer
head,楼门长,unit head,true
officer,社区,community officer,false
top,街道,subdistrict officer,false
""",
    "people.csv": """\
code,name,email,wecom_userid,phone,language
head-1,1单元楼门长,head-1@loumen.example,,,zh-CN
li-officer,丽园社区专员,officer@loumen.example,,,
top-officer,街道专员,top@loumen.example,,,en
""",
    "posts.csv": """\
role,place,person,deputy,calendar,phone
head,li-1-1,head-1,,always,
head,li-1-2,,,always,
officer,li,li-officer,,always,
top,town,top-officer,,always,010-00000001
""",
    "categories.yaml": """\
categories:
  - {code: order, name: 秩序, name_en: order}
  - code: clutter
    parent: order
    name: 楼道堆物
    name_en: things in hallways
    matter: any
  - {code: other, name: 其他, name_en: other, matter: any}
""",
    "policies.yaml": """\
levels:
  - {code: unit, name: 楼门, name_en: unit}
  - {code: building, name: 楼栋, name_en: building}
  - {code: community, name: 社区, name_en: community, own_name: true}
  - {code: subdistrict, name: 街道, name_en: subdistrict, own_name: true}
policy:
  name: test
  ladder:
    - {level: unit, share: 1/6}
    - {level: community, share: 1/2}
    - {level: subdistrict, share: 1/3}
  budgets:
    danger: {amount: 120, unit: minutes}
    urgent: {amount: 1440, unit: minutes}
    ordinary: {amount: 7, unit: calendar_days}
    hard: {amount: 15, unit: calendar_days}
  accept_share: 1/6
  accept_at_least_minutes: 15
  volunteer_accept_at_least_minutes: 240
  handler_share: 1/2
  hand_back_within: {amount: 1, unit: working_days}
  hand_backs_at_most: 3
  confirm_within: {amount: 4320, unit: minutes}
  reopen_within: {amount: 10, unit: calendar_days}
  rules:
    any:
      name: 一切
      name_en: anything
      visibility: text
      owners: {unit: [head], community: [officer], subdistrict: [top]}
""",
    "calendars.yaml": """\
calendars:
  - code: always
    name: 全天
    holidays: false
    weekdays:
      1: [{opens: 00:00, closes: 00:00}]
      2: [{opens: 09:00, closes: 12:00}, {opens: 13:30, closes: 18:00}]
""",
}
