"""Keys that keep a row inside its workspace; a published scorecard version never changes."""

from django.db import migrations

from accounts.tenancy import add_tenant_keys

FROZEN = """
CREATE FUNCTION metrics_published_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  -- A line moved to another version touches two.
  touched bigint[] := CASE TG_TABLE_NAME WHEN 'metrics_scorecardversion' THEN ARRAY[(to_jsonb(OLD) ->> 'id')::bigint]
    ELSE ARRAY[(to_jsonb(OLD) ->> 'version_id')::bigint, (to_jsonb(NEW) ->> 'version_id')::bigint] END;
  version bigint := (SELECT min(id) FROM metrics_scorecardversion WHERE id = ANY(touched) AND published_at IS NOT NULL);
BEGIN
  IF version IS NOT NULL
     AND current_setting('healthscore.deleting_workspace', true) IS DISTINCT FROM 'yes' THEN
    RAISE EXCEPTION 'scorecard version % is published and never changes', version;
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON metrics_scorecardversion
  FOR EACH ROW EXECUTE FUNCTION metrics_published_is_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON metrics_line
  FOR EACH ROW EXECUTE FUNCTION metrics_published_is_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON metrics_cap
  FOR EACH ROW EXECUTE FUNCTION metrics_published_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial"), ("accounts", "0002_partitions_and_tenant_keys")]

    operations = [
        migrations.RunSQL(FROZEN, migrations.RunSQL.noop),
        migrations.RunPython(add_tenant_keys("metrics"), migrations.RunPython.noop),
    ]
