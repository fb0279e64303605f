"""A mapping that has a bit of everything."""

RICH = """\
record: |
  {"id": id, "first_name": first, "updated_at": changed, "title": title, "description": about,
   "emails": [{"email": mail}], "lifecycle_stage": stage, "custom_fields": $customFields($)}
write: |
  {"first": first_name, "mail": $entry(emails, "email"), "title": title, "stage": lifecycle_stage}
at_most_one: [emails]
list:
  - when: filter.title or search or filter.title.contains
    request: GET /search
    query: |
      {"t": filter.title, "like": filter.title.contains, "q": search, "order": $order.by}
    sort: {title: name}
  - request: GET /people
    query: |
      {"since": updated_after, "all": include_deleted}
get: {request: "GET /people/{id}"}
create: {request: POST /people, required: [first_name]}
update: {request: "PATCH /people/{id}"}
delete: {request: "DELETE /people/{id}"}
custom_methods:
  merge:
    request: POST /people/{id}/merge
    body: |
      {"other": account_id, "why": reason}
  lock: {request: "PUT /people/{id}/lock"}
describe:
  list: People who can log in. filter[title][contains] looks inside
  merge: Merges a person into the one of another account
"""
