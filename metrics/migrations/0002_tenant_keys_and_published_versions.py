"""Keys that keep a row inside its workspace; a published scorecard version never changes."""

from django.db import migrations

from accounts.tenancy import add_tenant_keys

FROZEN = """
CREATE FUNCTION metrics_published_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE version bigint := CASE TG_TABLE_NAME WHEN 'metrics_scorecardversion'
  THEN (to_jsonb(OLD) ->> 'id')::bigint ELSE (to_jsonb(coalesce(OLD, NEW)) ->> 'version_id')::bigint END;
BEGIN
  IF EXISTS (SELECT 1 FROM metrics_scorecardversion WHERE id = version AND published_at IS NOT NULL)
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
