"""Words that explain themselves once there is a step of a kind: the systems of the catalogue."""

from __future__ import annotations

from typing import Final

_FILES = (
    "upload uploaded download server host folder directory path over via remote move rename copy existing "
    "read list archive "
    "all every local everything under key prefix there into done incoming export excel csv json "
    "parquet xml avro zip spreadsheet text "
    "new check look"
)
_QUEUE = (
    "message messages topic topics subject subjects channel queue broker cluster publish published "
    "produce consume "
    "consumed subscribe listen receive receives emit event events new arrive arrives comes came "
    "payload group consumer "
    "stream many all heartbeat ping notification alert text something anything pushed"
)
WORDS: Final[dict[str, str]] = {
    "aws.s3": f"{_FILES} s3 amazon aws minio bucket object objects region delete everything lake data",
    "fs.": f"{_FILES} ftp sftp ftps secure user file drop site",
    "kafka.": f"{_QUEUE} kafka bootstrap server json",
    "mqtt.": f"{_QUEUE} mqtt mosquitto retain retained qos json",
    "nats.": f"{_QUEUE} nats json server",
    "redis.": f"{_QUEUE} redis key list push pop value set get cache cached counter increment "
    f"increase delete expire hash expiring",
    "jdbc.mysql": "mysql mariadb sql table database all every query load into copy count schema rows "
    "everything replacing replace old new rows "
    "overwriting overwrite truncate refresh there existing",
    "jdbc.postgresql": "old rows replacing replace overwriting there yesterday's yesterday parquet excel",
    "serdes.": (
        "convert converted conversion turn excel xlsx spreadsheet workbook sheet avro parquet xml "
        "yaml yml csv json jsonl lines "
        "ndjson format file one"
    ),
    "compress.Archive": (
        "zip zipped tar targz tar.gz tgz unzip unpack untar pack packed extract archive compress "
        "bundle gz gzip file"
    ),
    "git.": "git repo repository clone cloned branch github gitlab checkout project private sync folder "
    "directory push pull flows namespace commit code",
    "dbt.": "dbt build run test models model project seed snapshot select",
    "WorkingDirectory": "project repository clone checkout dbt git in it on there code private",
    "docker.cli": "docker image images container containers build pull push run tag tagged registry "
    "dockerfile prune unused dangling",
    "ai.": (
        "decide ai model llm openai gpt chatgpt claude anthropic gemini google mistral ollama deepseek "
        "local language agent ask classify "
        "classified class classes category categories label sentiment extract extracted fields field "
        "summarise summarize "
        "summary summarised translate translated joke sentences sentence words short bullet points "
        "prompt answer question "
        "questions documents docs rag generate generated image picture draw explain write describe "
        "either or comment text "
        "english german french spanish italian ingest embed"
    ),
    "shell.Commands": "count line lines number words characters",
}
