"""What a plugin is: its base classes, its properties, and the context it runs in."""

from engine.plugin.base import Plugin
from engine.plugin.context import RunContext
from engine.plugin.properties import STATIC, TYPED, Duration, Part, Size, StringMap, Text
from engine.plugin.task import (
    Again,
    Call,
    Change,
    Closing,
    Example,
    ExecutionTask,
    FlowableTask,
    NoOutput,
    Output,
    Resume,
    SubflowsTask,
    SubflowTask,
    Task,
    Wait,
    WaitTask,
)
from engine.plugin.trigger import EventTrigger, Fired, PollingTrigger, ScheduleTrigger, Trigger

__all__ = [
    "STATIC",
    "TYPED",
    "Again",
    "Call",
    "Change",
    "Closing",
    "Duration",
    "EventTrigger",
    "Example",
    "ExecutionTask",
    "Fired",
    "FlowableTask",
    "NoOutput",
    "Output",
    "Part",
    "Plugin",
    "PollingTrigger",
    "Resume",
    "RunContext",
    "ScheduleTrigger",
    "Size",
    "StringMap",
    "SubflowTask",
    "SubflowsTask",
    "Task",
    "Text",
    "Trigger",
    "Wait",
    "WaitTask",
]
