"""What Django cannot say of tables: what is published never changes, and rows stay inside their workspace."""

from django.db import migrations

from accounts.tenancy import add_tenant_keys, guard_by_statement

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
KIND_IS_FIXED = """
CREATE FUNCTION metrics_kind_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM metrics_scorecardversion v WHERE v.scorecard_id = OLD.id AND v.published_at IS NOT NULL) THEN
    RAISE EXCEPTION 'scorecard % is published and its kind never changes', OLD.id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kind_is_fixed BEFORE UPDATE ON metrics_scorecard
  FOR EACH ROW WHEN (OLD.kind IS DISTINCT FROM NEW.kind) EXECUTE FUNCTION metrics_kind_is_fixed();
"""
GUARDED = ("metrics_accountday", "metrics_contactday", "metrics_reading", "metrics_scoresnapshot", "metrics_standing")


class Migration(migrations.Migration):
    # Of versions before the first release.
    replaces = [
        ("metrics", "0002_tenant_keys_and_published_versions"),
        ("metrics", "0003_points_and_bands_by_rank"),
        ("metrics", "0004_said"),
        ("metrics", "0005_rows_guarded_by_statement"),
        ("metrics", "0006_kpis"),
        ("metrics", "0007_heard_on"),
        ("metrics", "0008_targets_are_pulled"),
        ("metrics", "0009_steps"),
        ("metrics", "0010_parts_and_wins"),
        ("metrics", "0011_dirty_periods"),
        ("metrics", "0012_use_of_an_account"),
        ("metrics", "0013_score_against_money"),
        ("metrics", "0014_drafts"),
        ("metrics", "0015_closed_scorecards"),
        ("metrics", "0016_steered"),
        ("metrics", "0017_what_a_score_rests_on"),
        ("metrics", "0018_backtests"),
        ("metrics", "0019_suggestions"),
        ("metrics", "0020_guards_by_id_alone"),
        ("metrics", "0021_people_by_day"),
    ]
    dependencies = [("accounts", "0002_in_the_database"), ("metrics", "0001_initial")]

    operations = [
        migrations.RunSQL([FROZEN, KIND_IS_FIXED]),
        migrations.RunPython(guard_by_statement("metrics", *GUARDED)),
        migrations.RunPython(add_tenant_keys("metrics")),
    ]
