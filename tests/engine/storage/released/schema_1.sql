BEGIN TRANSACTION;
CREATE TABLE execution_labels (
        execution_id TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (execution_id, key)
    );
INSERT INTO "execution_labels" VALUES('lrF8kWrKlEeHyhrBfrhLyS','team','other');
INSERT INTO "execution_labels" VALUES('lrF8kWrKlEeHyhrBfrhLyS','x','ü');
INSERT INTO "execution_labels" VALUES('lrF8kWrKlEeHyhrBfrhLyS','system.correlationId','lrF8kWrKlEeHyhrBfrhLyS');
INSERT INTO "execution_labels" VALUES('PYADcdc90l7kbbFYijEllV','system.correlationId','lrF8kWrKlEeHyhrBfrhLyS');
INSERT INTO "execution_labels" VALUES('WmmqVRJJHZXUEABFmDqHUh','system.correlationId','WmmqVRJJHZXUEABFmDqHUh');
CREATE TABLE executions (
        id TEXT PRIMARY KEY,
        namespace TEXT NOT NULL,
        flow_id TEXT NOT NULL,
        flow_revision INTEGER NOT NULL,
        state TEXT NOT NULL,
        start_date TEXT NOT NULL,
        end_date TEXT,
        duration_us INTEGER,
        parent_id TEXT,
        trigger_execution_id TEXT,
        owner TEXT,
        labels TEXT NOT NULL,
        data TEXT NOT NULL,
        inputs TEXT,
        outputs TEXT,
        variables TEXT,
        started_by TEXT
    );
INSERT INTO "executions" VALUES('lrF8kWrKlEeHyhrBfrhLyS','demo','daily',2,'SUCCESS','2026-11-24T17:35:30.055185Z','2026-11-24T17:35:30.063016Z',7831,NULL,NULL,NULL,'{"team":"other","x":"ü","system.correlationId":"lrF8kWrKlEeHyhrBfrhLyS"}','["lrF8kWrKlEeHyhrBfrhLyS","2026-11-24T17:35:30.055185Z",1,null,"NORMAL",[],["CREATED","2026-11-24T17:35:30.055185Z","RUNNING","2026-11-24T17:35:30.056697Z","SUCCESS","2026-11-24T17:35:30.063016Z"]]','{"password":{"type":"io.kestra.datatype:aes_encrypted","value":"4iT9YYnH46aRy1yHcuun4Sm35PHi+Qo3wK24/b2+5QslstVoAjCWrNj30yhTT9atb4NUJVUD5MQ="},"sheet":"kestra:///demo/daily/executions/lrF8kWrKlEeHyhrBfrhLyS/inputs/sheet/sheet.csv"}',NULL,NULL,NULL);
INSERT INTO "executions" VALUES('PYADcdc90l7kbbFYijEllV','demo','child',1,'SUCCESS','2026-11-24T17:35:30.061041Z','2026-11-24T17:35:30.062507Z',1466,NULL,'lrF8kWrKlEeHyhrBfrhLyS',NULL,'{"system.correlationId":"lrF8kWrKlEeHyhrBfrhLyS"}','["PYADcdc90l7kbbFYijEllV","2026-11-24T17:35:30.061041Z",1,null,"NORMAL",[],["CREATED","2026-11-24T17:35:30.061041Z","RUNNING","2026-11-24T17:35:30.061079Z","SUCCESS","2026-11-24T17:35:30.062507Z"]]',NULL,NULL,NULL,'["child","io.kestra.plugin.core.flow.Subflow",{"executionId":"lrF8kWrKlEeHyhrBfrhLyS","namespace":"demo","flowId":"daily","flowRevision":2,"taskRunId":"Mn6dSCYROPWgO7Ut0uIE0w"}]');
INSERT INTO "executions" VALUES('WmmqVRJJHZXUEABFmDqHUh','demo','hold',1,'PAUSED','2026-11-24T17:35:30.063813Z',NULL,NULL,NULL,NULL,'XJmRRO0XaE0o687c7Lq2Ay','{"system.correlationId":"WmmqVRJJHZXUEABFmDqHUh"}','["WmmqVRJJHZXUEABFmDqHUh","2026-11-24T17:35:30.063813Z",1,null,"NORMAL",[],["CREATED","2026-11-24T17:35:30.063813Z","RUNNING","2026-11-24T17:35:30.063905Z","PAUSED","2026-11-24T17:35:30.064430Z"]]',NULL,NULL,NULL,NULL);
CREATE TABLE flows (
        namespace TEXT NOT NULL,
        id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        latest INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        disabled INTEGER NOT NULL,
        updated TEXT NOT NULL,
        description TEXT,
        labels TEXT NOT NULL,
        source TEXT NOT NULL,
        PRIMARY KEY (namespace, id, revision)
    );
INSERT INTO "flows" VALUES('demo','child',1,1,0,0,'2026-11-24T17:35:29.998901Z',NULL,'{}','id: child
namespace: demo
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2]
    tasks:
      - {id: say, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.value }}"}
');
INSERT INTO "flows" VALUES('demo','daily',1,0,0,0,'2026-11-24T17:35:30.028932Z',NULL,'{"team":"data"}','id: daily
namespace: demo
labels: {team: data}
inputs:
  - {id: password, type: SECRET}
  - {id: sheet, type: FILE}
tasks:
  - {id: hello, type: io.kestra.plugin.core.log.Log, message: "größe ✓ {{ read(inputs.sheet) }}"}
  - {id: made, type: io.kestra.plugin.core.storage.Write, content: "made of {{ read(inputs.sheet) }}"}
  - {id: child, type: io.kestra.plugin.core.flow.Subflow, namespace: demo, flowId: child}
triggers:
  - {id: yearly, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 0 1 1 *"}
');
INSERT INTO "flows" VALUES('demo','daily',2,1,0,0,'2026-11-24T17:35:30.030921Z',NULL,'{"team":"other"}','id: daily
namespace: demo
labels: {team: other}
inputs:
  - {id: password, type: SECRET}
  - {id: sheet, type: FILE}
tasks:
  - {id: hello, type: io.kestra.plugin.core.log.Log, message: "größe ✓ {{ read(inputs.sheet) }}"}
  - {id: made, type: io.kestra.plugin.core.storage.Write, content: "made of {{ read(inputs.sheet) }}"}
  - {id: child, type: io.kestra.plugin.core.flow.Subflow, namespace: demo, flowId: child}
triggers:
  - {id: yearly, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 0 1 1 *"}
');
INSERT INTO "flows" VALUES('demo','hold',1,1,0,0,'2026-11-24T17:35:30.054751Z',NULL,'{}','id: hold
namespace: demo
tasks:
  - {id: wait, type: io.kestra.plugin.core.flow.Pause}
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: went on}
');
CREATE TABLE kv (
        namespace TEXT NOT NULL,
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        revision INTEGER NOT NULL,
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        expires TEXT,
        description TEXT,
        value TEXT,
        raw BLOB,
        PRIMARY KEY (namespace, key)
    );
INSERT INTO "kv" VALUES('_triggers','seen/XJmRRO0XaE0o687c7Lq2Ay','STRING',1,'2026-11-24T17:35:29.970900Z','2026-11-24T17:35:29.970900Z',NULL,NULL,'"2026-11-24T17:35:29.970900Z"',NULL);
INSERT INTO "kv" VALUES('demo','text','JSON',1,'2026-11-24T17:35:30.064788Z','2026-11-24T17:35:30.064788Z',NULL,NULL,'{"a":[1,null,"ü"]}',NULL);
INSERT INTO "kv" VALUES('demo','raw','BYTES',1,'2026-11-24T17:35:30.064941Z','2026-11-24T17:35:30.064941Z',NULL,NULL,NULL,X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF');
CREATE TABLE logs (
        number INTEGER PRIMARY KEY,
        execution_id TEXT,
        timestamp TEXT NOT NULL,
        level INTEGER NOT NULL,
        namespace TEXT NOT NULL,
        flow_id TEXT NOT NULL,
        task_id TEXT,
        task_run_id TEXT,
        attempt INTEGER,
        trigger_id TEXT,
        thread TEXT,
        message TEXT NOT NULL
    );
INSERT INTO "logs" VALUES(1,'lrF8kWrKlEeHyhrBfrhLyS','2026-11-24T17:35:30.058469Z',2,'demo','daily','hello','X8fXb8Gu1QhSId6sjqXJ9S',0,NULL,'worker-0','größe ✓ a,b');
INSERT INTO "logs" VALUES(2,'PYADcdc90l7kbbFYijEllV','2026-11-24T17:35:30.061943Z',1,'demo','child','say','asMGzLWZiJ9qqhw0frZtQ4',0,NULL,'worker-0','1');
INSERT INTO "logs" VALUES(3,'PYADcdc90l7kbbFYijEllV','2026-11-24T17:35:30.062447Z',1,'demo','child','say','rFlghksrm733mofhgboAq6',0,NULL,'worker-0','2');
CREATE TABLE metrics (
        execution_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (execution_id, number)
    );
INSERT INTO "metrics" VALUES('PYADcdc90l7kbbFYijEllV',1,'["length","counter",1,{},"demo","child","say","asMGzLWZiJ9qqhw0frZtQ4","2026-11-24T17:35:30.061966Z"]');
INSERT INTO "metrics" VALUES('PYADcdc90l7kbbFYijEllV',2,'["duration","timer",0.000036284000088926405,{},"demo","child","say","asMGzLWZiJ9qqhw0frZtQ4","2026-11-24T17:35:30.061976Z"]');
INSERT INTO "metrics" VALUES('PYADcdc90l7kbbFYijEllV',3,'["length","counter",1,{},"demo","child","say","rFlghksrm733mofhgboAq6","2026-11-24T17:35:30.062461Z"]');
INSERT INTO "metrics" VALUES('PYADcdc90l7kbbFYijEllV',4,'["duration","timer",0.00002306499663973227,{},"demo","child","say","rFlghksrm733mofhgboAq6","2026-11-24T17:35:30.062469Z"]');
CREATE TABLE migrations (number INTEGER PRIMARY KEY);
INSERT INTO "migrations" VALUES(1);
CREATE TABLE task_runs (
        id TEXT PRIMARY KEY,
        execution_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        task_id TEXT NOT NULL,
        state TEXT NOT NULL,
        data TEXT NOT NULL,
        outputs TEXT,
        branches TEXT
    );
INSERT INTO "task_runs" VALUES('X8fXb8Gu1QhSId6sjqXJ9S','lrF8kWrKlEeHyhrBfrhLyS',0,'hello','SUCCESS','[null,"tasks",null,null,null,false,null,["CREATED","2026-11-24T17:35:30.056697Z","RUNNING","2026-11-24T17:35:30.056697Z","SUCCESS","2026-11-24T17:35:30.058558Z"],[[null,"CREATED","2026-11-24T17:35:30.056697Z","RUNNING","2026-11-24T17:35:30.056697Z","SUCCESS","2026-11-24T17:35:30.058558Z"]]]','{}',NULL);
INSERT INTO "task_runs" VALUES('XFAd173hdJs1RfbE7wShpU','lrF8kWrKlEeHyhrBfrhLyS',1,'made','SUCCESS','[null,"tasks",null,null,null,false,null,["CREATED","2026-11-24T17:35:30.058558Z","RUNNING","2026-11-24T17:35:30.058558Z","SUCCESS","2026-11-24T17:35:30.060412Z"],[[null,"CREATED","2026-11-24T17:35:30.058558Z","RUNNING","2026-11-24T17:35:30.058558Z","SUCCESS","2026-11-24T17:35:30.060412Z"]]]','{"uri":"kestra:///demo/daily/executions/lrF8kWrKlEeHyhrBfrhLyS/tasks/made/XFAd173hdJs1RfbE7wShpU/EFFNKBuhRl-content"}',NULL);
INSERT INTO "task_runs" VALUES('Mn6dSCYROPWgO7Ut0uIE0w','lrF8kWrKlEeHyhrBfrhLyS',2,'child','SUCCESS','[null,"tasks",null,null,null,false,{"executionId":"PYADcdc90l7kbbFYijEllV","wait":true,"transmit":true},["CREATED","2026-11-24T17:35:30.060412Z","RUNNING","2026-11-24T17:35:30.060412Z","SUCCESS","2026-11-24T17:35:30.063016Z"],[[null,"CREATED","2026-11-24T17:35:30.060412Z","RUNNING","2026-11-24T17:35:30.060412Z","SUCCESS","2026-11-24T17:35:30.063016Z"]]]','{"executionId":"PYADcdc90l7kbbFYijEllV","state":"SUCCESS","outputs":{}}',NULL);
INSERT INTO "task_runs" VALUES('Fna80oq7gqKzgKqjQADwkE','PYADcdc90l7kbbFYijEllV',0,'each','SUCCESS','[null,"tasks",null,null,null,false,null,["CREATED","2026-11-24T17:35:30.061079Z","RUNNING","2026-11-24T17:35:30.061079Z","SUCCESS","2026-11-24T17:35:30.062507Z"],[[null,"CREATED","2026-11-24T17:35:30.061079Z","RUNNING","2026-11-24T17:35:30.061079Z","SUCCESS","2026-11-24T17:35:30.062507Z"]]]',NULL,'{"kind":"each","tasks":["say"],"limit":1,"values":["1","2"]}');
INSERT INTO "task_runs" VALUES('asMGzLWZiJ9qqhw0frZtQ4','PYADcdc90l7kbbFYijEllV',1,'say','SUCCESS','["Fna80oq7gqKzgKqjQADwkE","tasks","1",0,null,false,null,["CREATED","2026-11-24T17:35:30.061629Z","RUNNING","2026-11-24T17:35:30.061629Z","SUCCESS","2026-11-24T17:35:30.062016Z"],[[null,"CREATED","2026-11-24T17:35:30.061629Z","RUNNING","2026-11-24T17:35:30.061629Z","SUCCESS","2026-11-24T17:35:30.062016Z"]]]','{"value":"1"}',NULL);
INSERT INTO "task_runs" VALUES('rFlghksrm733mofhgboAq6','PYADcdc90l7kbbFYijEllV',2,'say','SUCCESS','["Fna80oq7gqKzgKqjQADwkE","tasks","2",1,null,false,null,["CREATED","2026-11-24T17:35:30.062016Z","RUNNING","2026-11-24T17:35:30.062016Z","SUCCESS","2026-11-24T17:35:30.062507Z"],[[null,"CREATED","2026-11-24T17:35:30.062016Z","RUNNING","2026-11-24T17:35:30.062016Z","SUCCESS","2026-11-24T17:35:30.062507Z"]]]','{"value":"2"}',NULL);
INSERT INTO "task_runs" VALUES('wO3h6AUkmvclXfzAUBOGwM','WmmqVRJJHZXUEABFmDqHUh',0,'wait','PAUSED','[null,"tasks",null,null,null,false,{"then":"SUCCESS","cancel":false},["CREATED","2026-11-24T17:35:30.063905Z","RUNNING","2026-11-24T17:35:30.063905Z","PAUSED","2026-11-24T17:35:30.064430Z"],[[null,"CREATED","2026-11-24T17:35:30.063905Z","RUNNING","2026-11-24T17:35:30.063905Z"]]]',NULL,NULL);
CREATE TABLE trigger_states (
        namespace TEXT NOT NULL,
        flow_id TEXT NOT NULL,
        trigger_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        updated TEXT NOT NULL,
        next_date TEXT,
        last_date TEXT,
        last_triggered TEXT,
        execution_id TEXT,
        disabled INTEGER NOT NULL,
        backfill TEXT,
        facts TEXT,
        PRIMARY KEY (namespace, flow_id, trigger_id)
    );
INSERT INTO "trigger_states" VALUES('demo','daily','yearly','SCHEDULE','2026-11-24T17:35:30.029562Z','2027-01-01T00:00:00.000000Z',NULL,NULL,NULL,0,NULL,'{"since":"2026-11-24T17:35:30.029562Z","mark":"420e2b8b2c7593d518b37546","revision":2}');
CREATE UNIQUE INDEX flows_latest ON flows (namespace, id) WHERE latest = 1;
CREATE INDEX executions_by_start ON executions (start_date, id);
CREATE INDEX executions_by_flow ON executions (namespace, flow_id, state, start_date);
CREATE INDEX executions_unfinished ON executions (start_date, id)
        WHERE end_date IS NULL OR owner IS NOT NULL;
CREATE INDEX executions_by_parent ON executions (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX executions_by_trigger ON executions (trigger_execution_id)
        WHERE trigger_execution_id IS NOT NULL;
CREATE INDEX execution_labels_by_value ON execution_labels (key, value, execution_id);
CREATE INDEX task_runs_by_execution ON task_runs (execution_id);
CREATE INDEX logs_by_execution ON logs (execution_id);
CREATE INDEX logs_by_timestamp ON logs (timestamp);
CREATE INDEX trigger_states_due ON trigger_states (next_date) WHERE next_date IS NOT NULL;
CREATE TRIGGER executions_labels_added AFTER INSERT ON executions WHEN NEW.labels <> '{}' BEGIN
            INSERT INTO execution_labels (execution_id, key, value)
    SELECT NEW.id, label.key, label.value FROM json_each(NEW.labels) AS label;
        END;
CREATE TRIGGER executions_labels_changed AFTER UPDATE OF labels ON executions
            WHEN NEW.labels <> OLD.labels BEGIN
            DELETE FROM execution_labels WHERE execution_id = NEW.id;
            INSERT INTO execution_labels (execution_id, key, value)
    SELECT NEW.id, label.key, label.value FROM json_each(NEW.labels) AS label;
        END;
COMMIT;
