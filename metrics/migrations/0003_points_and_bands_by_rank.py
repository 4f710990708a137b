"""Scorecards of points and bands by rank. What kind a scorecard is cannot change once a version is published."""

from django.db import migrations, models

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


class Migration(migrations.Migration):

    dependencies = [
        ('metrics', '0002_tenant_keys_and_published_versions'),
    ]

    operations = [
        migrations.RunSQL(KIND_IS_FIXED, migrations.RunSQL.noop),
        migrations.AddField(
            model_name='line',
            name='steps',
            field=models.JSONField(blank=True, default=list, help_text='Of a scorecard of points: [comparison, number, signed points], the first that holds counts'),
        ),
        migrations.AddField(
            model_name='run',
            name='borders',
            field=models.JSONField(default=dict, help_text='Of versions with bands by rank: red below and green from, 1/10,000 point'),
        ),
        migrations.AddField(
            model_name='scorecardversion',
            name='bands_by_rank',
            field=models.BooleanField(default=False, help_text='Red and green are the bottom and top quarter, from 20 scored accounts on'),
        ),
    ]
