"""What every address and every tool needs, as a table: method, template, permission.

The lines have the same templates as the routes and stand in the same order, so both find the same line; tests
hold them together. `open` is answered without credentials; `by-hand` is writing, by a person and not a token.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from api.security.permission import Permission
from api.tenant import ROOT

TENANTED: Final = """
POST    flows/graph                                        read
GET     flows/{namespace}/{flow_id}/graph                  read
GET     executions/{execution_id}/graph                    read
GET     flows/{namespace}/{flow_id}/dependencies           read
GET     namespaces/{namespace}/dependencies                read
GET     flows/source                                       read
POST    flows/import                                       write
POST    flows/export/by-ids                                read
GET     flows/export/by-query                              read
GET     flows/export/by-query/csv                          read
POST    flows/enable/by-ids                                write
POST    flows/disable/by-ids                               write
POST    flows/enable/by-query                              write
POST    flows/disable/by-query                             write
DELETE  flows/delete/by-ids                                write
DELETE  flows/delete/by-query                              write
POST    flows/bulk                                         write
POST    flows/expressions                                  read
POST    flows                                              write
GET     flows/search                                       read
GET     flows/distinct-namespaces                          read
GET     flows/deprecated                                   read
POST    flows/validate/task                                read
POST    flows/validate/trigger                             read
POST    flows/validate                                     read
POST    flows/validate/findings                            read
POST    flows/{namespace}                                  write
GET     flows/{namespace}                                  read
GET     flows/{namespace}/{flow_id}                        read
PUT     flows/{namespace}/{flow_id}                        write
DELETE  flows/{namespace}/{flow_id}                        write
GET     flows/{namespace}/{flow_id}/revisions              read
DELETE  flows/{namespace}/{flow_id}/revisions              write
GET     flows/{namespace}/{flow_id}/tasks/{task_id}        read
GET     executions/webhook/{namespace}/{flow_id}/{rest:path}  open
POST    executions/webhook/{namespace}/{flow_id}/{rest:path}  open
PUT     executions/webhook/{namespace}/{flow_id}/{rest:path}  open
POST    executions/latest                                  read
GET     executions/flows/{namespace}/{flow_id}             read
GET     executions/namespaces/{namespace}/flows            read
GET     executions/namespaces/{namespace}/flows/{flow_id}/average-duration  read
GET     executions/distinct-field-values                   read
GET     executions/export/by-query/csv                     read
GET     executions/{execution_id}/flow                     read
GET     executions/{execution_id}/follow-dependencies      read
DELETE  executions/delete/by-ids                            write
POST    executions/delete/by-ids                            write
DELETE  executions/delete/by-query                          write
POST    executions/delete/by-query                          write
DELETE  executions/{verb}/by-ids                           run
POST    executions/{verb}/by-ids                           run
DELETE  executions/{verb}/by-query                         run
POST    executions/{verb}/by-query                         run
DELETE  executions/by-ids                                  write
DELETE  executions/by-query                                write
DELETE  executions/{execution_id}/actions/kill             run
DELETE  executions/{execution_id}/kill                     run
POST    executions/{execution_id}/actions/pause            run
POST    executions/{execution_id}/pause                    run
POST    executions/{execution_id}/actions/resume           run
POST    executions/{execution_id}/resume                   run
POST    executions/{execution_id}/actions/resume/validate  read
POST    executions/{execution_id}/resume/validate          read
POST    executions/{execution_id}/actions/resume-from-breakpoint  run
POST    executions/{execution_id}/resume-from-breakpoint   run
POST    executions/{execution_id}/actions/restart          run
POST    executions/{execution_id}/restart                  run
POST    executions/{execution_id}/actions/replay           run
POST    executions/{execution_id}/replay                   run
POST    executions/{execution_id}/actions/replay-with-inputs  run
POST    executions/{execution_id}/replay-with-inputs       run
POST    executions/{execution_id}/actions/labels           run
POST    executions/{execution_id}/labels                   run
POST    executions/{execution_id}/actions/change-status    run
POST    executions/{execution_id}/change-status            run
POST    executions/{execution_id}/actions/state            run
POST    executions/{execution_id}/state                    run
POST    executions/{execution_id}/actions/force-run        run
POST    executions/{execution_id}/force-run                run
POST    executions/{execution_id}/actions/unqueue          run
POST    executions/{execution_id}/unqueue                  run
POST    executions/{execution_id}/eval/{task_run_id}       write
POST    executions/{execution_id}/eval                     write
POST    executions/{execution_id}/actions/eval/{task_run_id}  write
POST    executions/{execution_id}/actions/eval             write
GET     executions/search                                  read
GET     executions                                         read
GET     executions/namespaces                              read
POST    executions/{namespace}/{flow_id}                   run
POST    executions/trigger/{namespace}/{flow_id}           run
POST    executions/{namespace}/{flow_id}/validate          read
GET     executions/{execution_id}                          read
DELETE  executions/{execution_id}                          write
GET     executions/{execution_id}/follow                   read
GET     executions/{execution_id}/file                     read
GET     executions/{execution_id}/file/metas               read
GET     executions/{execution_id}/file/preview             read
GET     outputs/{execution_id}                             read
GET     outputs/executions/{execution_id}                  read
GET     outputs/tasks/{execution_id}                       read
GET     outputs/{execution_id}/{task_run_id}               read
GET     outputs/tasks/{execution_id}/{task_run_id}         read
GET     metrics/names/{namespace}/{flow_id}                read
GET     metrics/names/{namespace}/{flow_id}/{task_id}      read
GET     metrics/tasks/{namespace}/{flow_id}                read
GET     metrics/aggregates/{namespace}/{flow_id}/{metric}  read
GET     metrics/aggregates/{namespace}/{flow_id}/{task_id}/{metric}  read
GET     metrics/{execution_id}                             read
GET     logs/search                                        read
GET     logs/{execution_id}                                read
GET     logs/{execution_id}/download                       read
GET     logs/{execution_id}/follow                         read
DELETE  logs/{execution_id}                                write
DELETE  logs/{namespace}/{flow_id}                         write
GET     triggers/search                                    read
GET     triggers/export/by-query/csv                       read
GET     triggers/{namespace}/{flow_id}                     read
GET     triggers/{namespace}/{flow_id}/{trigger_id}        read
GET     triggers/{namespace}/{flow_id}/{trigger_id}/dates  read
PUT     triggers                                           write
PUT     triggers/set-disabled                              write
PUT     triggers/backfill/create                           run
PUT     triggers/backfill/pause                            run
PUT     triggers/backfill/unpause                          run
POST    triggers/backfill/delete                           run
POST    triggers/{namespace}/{flow_id}/{trigger_id}/unlock   write
POST    triggers/{namespace}/{flow_id}/{trigger_id}/restart  write
DELETE  triggers/{namespace}/{flow_id}/{trigger_id}        write
POST    triggers/set-disabled/by-triggers                  write
POST    triggers/set-disabled/by-query                     write
POST    triggers/unlock/by-triggers                        write
POST    triggers/unlock/by-query                           write
POST    triggers/backfill/pause/by-triggers                run
POST    triggers/backfill/pause/by-query                   run
POST    triggers/backfill/unpause/by-triggers              run
POST    triggers/backfill/unpause/by-query                 run
POST    triggers/backfill/delete/by-triggers               run
POST    triggers/backfill/delete/by-query                  run
DELETE  triggers/delete/by-triggers                        write
DELETE  triggers/delete/by-query                           write
GET     kv                                                 read
GET     namespaces/{namespace}/kv                          read
GET     namespaces/{namespace}/kv/inheritance              read
GET     namespaces/{namespace}/kv/{key}                    read
PUT     namespaces/{namespace}/kv/{key}                    write
DELETE  namespaces/{namespace}/kv                          write
DELETE  namespaces/{namespace}/kv/{key}                    write
POST    namespaces/{namespace}/files                       write
GET     namespaces/{namespace}/files                       read
PUT     namespaces/{namespace}/files                       write
DELETE  namespaces/{namespace}/files                       write
GET     namespaces/{namespace}/files/directory             read
POST    namespaces/{namespace}/files/directory             write
GET     namespaces/{namespace}/files/stats                 read
GET     namespaces/{namespace}/files/revisions             read
GET     namespaces/{namespace}/files/search                read
GET     namespaces/{namespace}/files/export                read
GET     namespaces/search                                  read
POST    namespaces/autocomplete                            read
GET     namespaces/{namespace}                             read
GET     namespaces/{namespace}/inherited-variables         read
GET     namespaces/{namespace}/inherited-secrets           read
GET     secrets                                            read
GET     namespaces/{namespace}/secrets                     read
DELETE  namespaces/{namespace}/secrets/{key}               write
PATCH   namespaces/{namespace}/secrets/{key}               write
PUT     namespaces/{namespace}/secrets                     write
GET     copilot/status                                     read
POST    copilot/draft                                      write
POST    copilot/ask                                        read
POST    copilot/explain                                    read
POST    copilot/fix                                        write
GET     copilot/drafts                                     read
GET     copilot/drafts/{draft_id}                          read
DELETE  copilot/drafts/{draft_id}                          write
POST    copilot/drafts/{draft_id}/choose                   write
POST    copilot/drafts/{draft_id}/accept                   write
POST    copilot/drafts/{draft_id}/acceptance               by-hand
POST    ai/generate/flow                                   write
GET     ai/providers                                       read
POST    copilot/conversations                              write
GET     copilot/conversations                              read
GET     copilot/conversations/{conversation_id}            read
GET     copilot/conversations/{conversation_id}/export     read
DELETE  copilot/conversations/{conversation_id}            write
POST    copilot/conversations/{conversation_id}/chips      read
POST    copilot/conversations/{conversation_id}/turns      write
POST    copilot/turns/{turn_id}/stop                       write
GET     copilot/conversations/{conversation_id}/turns/{turn_id}/payloads  read
GET     copilot/audit                                      admin
GET     copilot/usage                                      read
POST    copilot/conversations/{conversation_id}/turns/{turn_id}/feedback  write
POST    copilot/drafts/{draft_id}/feedback                 write
POST    copilot/feedback                                   write
GET     copilot/feedback                                   read
GET     copilot/feedback/cases                             read
DELETE  copilot/feedback/{opinion_id}                      write
POST    copilot/import                                     write
GET     docs/search                                        read
GET     docs/page                                          read
GET     docs/status                                        read
POST    docs/ingest                                        write
POST    docs/eval                                          read
DELETE  docs/collections/{name}                            write
POST    editor/lint                                        read
POST    editor/complete                                    read
POST    editor/hover                                       read
GET     accounts                                           admin
POST    accounts                                           admin
GET     accounts/{name}                                    admin
PUT     accounts/{name}                                    admin
PUT     accounts/{name}/password                           admin
DELETE  accounts/{name}                                    admin
GET     tokens                                             person
POST    tokens                                             person
DELETE  tokens/{token_id}                                  person
GET     audits                                             admin
GET     dashboards                                         read
GET     blueprints/{origin}/{kind}                         read
GET     templates/search                                   read
GET     taskruns/search                                    read
GET     cases/search                                       read
GET     apps/search                                        read
GET     assets/search                                      read
GET     tests/search                                       read
GET     blueprints/{origin}/{kind}/tags                    read
GET     templates/distinct-namespaces                      read
GET     ai/threads                                         read
POST    stats/executions/latest/group-by-flow              read
POST    stats/executions/daily                             read
POST    stats/taskruns/daily                               read
POST    stats/summary                                      read
GET     usages/all                                         read
GET     concurrency-limit/search                           read
PUT     concurrency-limit/{namespace}/{flow_id}            write
"""

OTHERS: Final = f"""
GET     /                                             open
GET     /ui                                           open
GET     /ui/{{path:path}}                               open
GET     /favicon.ico                                  open
GET     /ping                                         open
GET     /health                                       open
GET     /prometheus                                   read
GET     /mcp                                          read
POST    /mcp                                          read
DELETE  /mcp                                          read
GET     {ROOT}openapi.json                            read
GET     {ROOT}basicAuthValidationErrors               read
GET     {ROOT}configs/login                           open
GET     {ROOT}configs                                 read
GET     {ROOT}me                                      read
PUT     {ROOT}me/password                             person
GET     {ROOT}plugins/schemas/{{kind}}                  read
GET     {ROOT}plugins                                 read
GET     {ROOT}plugins/groups/subgroups                read
GET     {ROOT}plugins/icons                           read
GET     {ROOT}plugins/icons/groups                    read
GET     {ROOT}plugins/icons/{{type_id}}                 read
GET     {ROOT}plugins/icons/{{type_id}}/icon.svg        read
GET     {ROOT}plugins/inputs                          read
GET     {ROOT}plugins/inputs/{{name}}                   read
GET     {ROOT}plugins/triggers                        read
GET     {ROOT}plugins/properties/{{kind}}               read
GET     {ROOT}plugins/{{type_id}}                       read
GET     {ROOT}plugins/{{type_id}}/versions              read
GET     {ROOT}plugins/{{type_id}}/versions/{{version}}    read
GET     {ROOT}pebble/filters                          read
GET     {ROOT}pebble/functions                        read
"""

TOOLS: Final = MappingProxyType(
    {
        "search_docs": Permission.READ,
        "search_plugins": Permission.READ,
        "get_plugin": Permission.READ,
        "validate_flow": Permission.READ,
        "explain_flow": Permission.READ,
        "draft_flow": Permission.WRITE,
        "create_flow": Permission.WRITE,
        "run_flow": Permission.RUN,
    }
)
"""What the tools for coding agents need."""
