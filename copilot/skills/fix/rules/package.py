"""Python modules by package, and names of programs: what a misspelt or missing one can mean."""

from __future__ import annotations

import sys
from typing import Final

PACKAGES: Final[dict[str, str]] = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "Crypto": "pycryptodome",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.pubsub": "google-cloud-pubsub",
    "github": "pygithub",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "kafka": "kafka-python",
    "magic": "python-magic",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pymysql": "pymysql",
    "sentence_transformers": "sentence-transformers",
    "serial": "pyserial",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "slack_sdk": "slack-sdk",
    "snowflake": "snowflake-connector-python",
    "telegram": "python-telegram-bot",
    "umap": "umap-learn",
    "xlrd": "xlrd",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Modules whose package has another name."""

COMMON: Final[tuple[str, ...]] = (
    "airbyte", "aiohttp", "boto3", "botocore", "dask", "dlt", "duckdb", "fastapi", "fastavro", "flask",
    "gspread", "httpx", "ibis", "jinja2", "json", "kestra", "lxml", "matplotlib", "networkx", "nltk",
    "numpy", "openai", "openpyxl", "pandas", "polars", "psycopg", "pyarrow", "pydantic", "pymongo",
    "pyodbc", "pyspark", "pytest", "redis", "requests", "rich", "scipy", "seaborn", "spacy",
    "aiofiles", "asyncpg", "orjson", "simplejson", "ujson",
    "sqlalchemy", "sqlglot", "statsmodels", "tabulate", "tqdm", "transformers", "urllib", "xmltodict",
)  # fmt: skip
"""Modules whose package has the same name, or that come with Python."""

STANDARD: Final = tuple(name for name in sorted(sys.stdlib_module_names) if not name.startswith("_"))
"""Modules that come with Python."""

PROGRAMS: Final[tuple[str, ...]] = (
    "apt-get", "awk", "aws", "base64", "bash", "bq", "bzip2", "cat", "chmod", "cp", "curl", "cut",
    "date", "dbt", "diff", "docker", "duckdb", "echo", "export", "find", "gcloud", "git", "grep",
    "gsutil", "gunzip", "gzip", "head", "jq", "kubectl", "ls", "md5sum", "mkdir", "mv", "mysql", "node",
    "npm", "npx", "openssl", "perl", "pip", "pip3", "psql", "python", "python3", "rclone", "rm",
    "rsync", "ruby", "scp", "sed", "sh", "sha256sum", "sleep", "sort", "spark-submit", "split",
    "sqlite3", "ssh", "tail", "tar", "tee", "terraform", "touch", "tr", "uniq", "unzip", "uv", "wc",
    "wget", "xargs", "yq", "zcat", "zip",
)  # fmt: skip
"""Programs a command may have meant."""
