"""Which tests prove which part of the language: no part without a test, no test that does not exist."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[1]
HERE = "conformance/"

PARTS = (
    *("1.1", "1.2", "1.3", "1.4"),
    *("2.1", "2.2", "2.3", "2.4"),
    *("3", "3.1", "3.2", "3.3"),
    *("4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7"),
    *(f"5.{number}" for number in range(17)),
    "6",
    *("7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "7.7"),
    *("8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "8.7", "8.8"),
    *("9.1", "9.2", "9.3", "9.4", "9.5", "9.6", "9.7", "9.8", "9.9", "9.10", "9.11"),
    "10",
    *("11.1", "11.2", "11.3", "11.4", "11.5"),
    "12",
    *("13", "14.1", "14.2"),
)
"""The numbered parts of the specification."""

PROOFS = {
    # Schema
    "1.1": "source/test_document.py::test_scalars_are_read_as_kestra_reads_them "
    "source/test_document.py::test_keys_are_always_texts source/test_document.py::test_what_does_not_parse_is_explained",
    "1.2": "validation/test_check.py::test_a_flow_is_read_completely "
    "validation/test_check.py::test_a_wrong_flow_is_told_in_sentences",
    "1.3": "validation/test_check.py::test_a_wrong_task_is_told_in_one_sentence "
    "conformance/test_gotcha.py::test_what_is_refused_when_a_flow_is_saved",
    "1.4": "conformance/test_flow_property.py::test_revisions_count_up_only_when_something_changes "
    "conformance/test_flow_property.py::test_a_disabled_flow_starts_nothing "
    "conformance/test_flow_property.py::test_a_running_execution_keeps_its_revision",
    # Inputs
    "2.1": "executor/test_inputs.py::test_a_missing_value_is_an_error_unless_optional "
    "validation/test_check.py::test_a_wrong_input_is_told_in_one_sentence",
    "2.2": "executor/test_inputs.py::test_values_are_read_by_type executor/test_inputs.py::test_limits_of_an_input "
    "conformance/test_flow_property.py::test_inputs_are_typed_and_never_rendered "
    "conformance/test_flow_property.py::test_secret_inputs_are_stored_encrypted_and_masked_in_logs",
    "2.3": "executor/test_inputs.py::test_choices_that_cannot_be_had_are_told",
    "2.4": "executor/test_inputs.py::test_an_input_is_asked_for_only_when_its_condition_is_the_boolean_true "
    "conformance/test_flow_property.py::test_bad_inputs_are_all_told_and_nothing_is_created",
    # Properties of all tasks
    "3": "conformance/test_common_property.py::test_common_properties "
    "conformance/test_common_property.py::test_run_if_follows_the_rules_of_truth "
    "conformance/test_common_property.py::test_log_level_is_the_least_that_is_kept "
    "conformance/test_common_property.py::test_log_to_file_keeps_the_messages_out_of_the_log "
    "conformance/test_common_property.py::test_a_cached_task_runs_again_only_when_its_properties_change",
    "3.1": "conformance/test_common_property.py::test_common_properties "
    "conformance/test_section.py::test_outputs_of_a_failed_task_are_known_to_errors",
    "3.2": "conformance/test_vector.py::test_the_published_vectors conformance/test_call.py::test_subflows",
    "3.3": "executor/test_retry.py::test_exponential_doubles_up_to_the_longest_interval "
    "conformance/test_common_property.py::test_retry_by_new_executions "
    "conformance/test_common_property.py::test_a_retry_shows_in_the_states "
    "conformance/test_law.py::test_a_retry_by_new_execution_leaves_nothing_open",
    # States
    "4.1": "conformance/test_common_property.py::test_a_retry_shows_in_the_states "
    "conformance/test_operation.py::test_the_final_state_can_be_changed_to_another_final_one",
    "4.2": "conformance/test_vector.py::test_a_pause_with_a_delay_runs_twice_and_pauses_once",
    "4.3": "conformance/test_operation.py::test_pause_by_hand_lets_what_runs_finish_and_starts_nothing",
    "4.4": "conformance/test_section.py::test_sections conformance/test_flowable.py::test_flowables",
    "4.5": "conformance/test_gotcha.py::test_gotchas",
    "4.6": "conformance/test_operation.py::test_replay_from_any_node_repeats_it_and_what_follows",
    "4.7": "conformance/test_section.py::test_sections executor/test_frame.py::*",
    # Flowable and core tasks
    "5.0": "test_registry.py::test_the_alias_table_has_the_renamed_ones",
    "5.1": "conformance/test_vector.py::test_the_published_vectors",
    "5.2": "conformance/test_flowable.py::test_parallel_runs_at_most_concurrent_children "
    "conformance/test_flowable.py::test_a_failed_child_of_parallel_stops_nothing_that_runs_and_starts_errors_at_once",
    "5.3": "conformance/test_flowable.py::test_flowables "
    "plugins/core/test_flow.py::test_a_dag_with_wrong_dependencies_is_refused",
    "5.4": "plugins/core/test_flow.py::test_if_chooses_by_the_rendered_text "
    "conformance/test_vector.py::test_the_published_vectors",
    "5.5": "conformance/test_gotcha.py::test_switch_compares_texts_and_keys_are_texts "
    "plugins/core/test_flow.py::test_a_switch_without_any_task_is_refused",
    "5.6": "conformance/test_flowable.py::test_addresses_of_outputs_under_loops "
    "conformance/test_flowable.py::test_for_each_has_at_most_limit_values_in_flight "
    "conformance/test_flowable.py::test_each_parallel_starts_every_pair_of_value_and_task "
    "conformance/test_flowable.py::test_parents_across_switches_name_the_values "
    "plugins/core/test_flow.py::test_for_each_values plugins/core/test_flow.py::test_for_each_refuses "
    "conformance/test_loop.py::*",
    "5.7": "conformance/test_call.py::test_for_each_item_runs_the_flow_for_every_batch "
    "conformance/test_call.py::test_for_each_item_ends_as_the_worst_of_its_executions "
    "conformance/test_call.py::test_for_each_item_over_an_empty_file "
    "conformance/test_call.py::test_a_restart_of_for_each_item_restarts_only_what_failed",
    "5.8": "conformance/test_flowable.py::test_flowables "
    "plugins/core/test_flow.py::test_loop_until_stops_at_its_limits",
    "5.9": "conformance/test_vector.py::test_the_published_vectors",
    "5.10": "conformance/test_vector.py::test_a_resume_with_a_missing_input_is_refused "
    "conformance/test_flowable.py::test_two_pauses_side_by_side_are_resumed_one_by_one "
    "plugins/core/test_flow.py::test_pause conformance/test_pause.py::*",
    "5.11": "conformance/test_flowable.py::test_a_shared_folder_is_run_again_as_a_whole "
    "conformance/test_flowable.py::test_the_cache_of_a_shared_folder_comes_back",
    "5.12": "plugins/core/test_flow.py::test_sleep_waits_until_a_date",
    "5.13": "test_registry.py::test_an_unknown_type_names_the_nearest",
    "5.14": "conformance/test_call.py::test_subflows "
    "conformance/test_call.py::test_restart_of_the_parent_restarts_or_renews_the_child "
    "conformance/test_call.py::test_without_waiting_there_are_no_outputs "
    "conformance/test_vector.py::test_labels_of_a_subflow "
    "conformance/test_vector.py::test_old_outputs_of_a_subflow_task_are_rendered_with_the_child",
    "5.15": "conformance/test_call.py::test_a_task_resumes_another_execution "
    "conformance/test_operation.py::test_purging_removes_ended_executions_of_a_flow "
    "conformance/test_law.py::test_exit_as_killed_kills_what_runs plugins/core/test_execution.py::* "
    "plugins/core/test_stored_executions.py::test_count",
    "5.16": "plugins/core/test_log_and_debug.py::* plugins/core/test_kv.py::* plugins/core/test_storage.py::* "
    "plugins/core/test_http.py::*",
    "6": "conformance/test_section.py::*",
    # Properties of flows
    "7.1": "conformance/test_flow_property.py::"
    "test_queued_executions_begin_in_order_and_take_the_slot_of_the_one_before "
    "conformance/test_flow_property.py::test_one_too_many_is_cancelled_or_fails_without_a_task",
    "7.2": "conformance/test_flow_property.py::test_flow_properties "
    "conformance/test_operation.py::test_labels_after_the_end",
    "7.3": "conformance/test_flow_property.py::test_flow_properties",
    "7.4": "conformance/test_flow_property.py::test_flow_properties "
    "conformance/test_cut_off.py::test_a_broken_promise_is_kept_over_a_crash",
    "7.5": "conformance/test_flow_property.py::test_checks_on_inputs",
    "7.6": "validation/test_check.py::test_defaults_fill_what_is_missing_by_prefix "
    "validation/test_check.py::test_forced_defaults_win_and_the_first_of_them_most "
    "conformance/test_common_property.py::test_common_properties",
    "7.7": "conformance/test_flow_property.py::test_flow_properties",
    # Triggers
    "8.1": "validation/test_check.py::test_a_flow_is_read_completely",
    "8.2": "plugins/core/test_schedule.py::test_dates plugins/core/test_schedule.py::test_what_is_no_cron_says_why",
    "8.3": "triggers/test_backfill.py::*",
    "8.4": "plugins/core/test_schedule.py::test_dates_of_a_list",
    "8.5": "plugins/core/test_event_triggers.py::test_a_flow_trigger_without_preconditions "
    "plugins/core/test_event_triggers.py::test_all_preconditions_must_be_met_and_then_anew",
    "8.6": "plugins/core/test_event_triggers.py::test_a_call_with_the_right_key_starts",
    "8.7": "plugins/core/test_http.py::test_the_trigger_fires_on_its_condition",
    "8.8": "plugins/core/test_condition.py::*",
    # Expressions
    **{
        f"9.{number}": "expression/test_examples.py::test_an_example_gives_its_exact_result"
        for number in range(1, 12)
    },
    "9.1": "expression/test_template.py::test_typed_rendering_keeps_the_type expression/test_limits.py::*",
    "9.9": "expression/test_date.py::* conformance/test_text_of_time.py::*",
    "10": "validation/test_expression.py::test_known_references_pass "
    "conformance/test_operation.py::test_expressions_are_evaluated_where_a_task_run_stood",
    # Files, keys, secrets, scripts
    "11.1": "conformance/test_flow_property.py::test_a_file_input_is_an_address_whose_text_can_be_read",
    "11.2": "plugins/scripts/test_shell.py::test_input_files_are_content_or_copies "
    "plugins/scripts/test_shell.py::test_output_files_by_pattern "
    "plugins/scripts/test_shell.py::test_files_of_the_namespace_are_copied",
    "11.3": "plugins/core/test_kv.py::*",
    "11.4": "conformance/test_flow_property.py::test_secret_inputs_are_stored_encrypted_and_masked_in_logs",
    "11.5": "plugins/scripts/test_shell.py::* plugins/scripts/test_python.py::*",
    "12": "conformance/test_operation.py::* conformance/test_law.py::* conformance/test_any_operation.py::*",
    "13": "conformance/test_gotcha.py::* expression/test_gotchas.py::test_every_gotcha_of_expressions_is_here",
    "14.1": "conformance/test_vector.py::*",
    "14.2": "expression/test_template.py::test_a_value_prints_as_java_prints_it "
    "expression/test_template.py::test_a_map_made_in_a_template_has_the_order_of_a_hash_map",
}
"""Part → tests that prove it, `file::function`, or `file::*` for all of a file."""


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the test functions of a file."""
    tree = ast.parse((ENGINE / file).read_text("utf-8"))
    found = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))


def test_every_part_has_a_proof() -> None:
    assert set(PROOFS) == set(PARTS)
    assert all(proof.split() for proof in PROOFS.values())


@pytest.mark.parametrize("part", PROOFS)
def test_every_named_test_exists(part: str) -> None:
    for proof in PROOFS[part].split():
        file, _, function = proof.partition("::")
        assert (ENGINE / file).is_file(), proof
        assert names_in(file), f"{file} has no tests"
        assert function == "*" or function in names_in(file), proof


def test_every_file_of_this_folder_proves_something() -> None:
    named = {proof.partition("::")[0] for proofs in PROOFS.values() for proof in proofs.split()}
    files = {HERE + path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert files - named == {HERE + "test_map.py"}
