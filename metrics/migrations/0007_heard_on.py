import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('metrics', '0006_kpis'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='counted_by',
            field=models.CharField(blank=True, default='', help_text="The workspace's rules by which the KPIs were counted", max_length=200),
        ),
        migrations.RemoveConstraint(
            model_name='uncounted',
            name='uncounted_once',
        ),
        migrations.AddField(
            model_name='uncounted',
            name='heard_on',
            field=models.DateField(default=datetime.date(2000, 1, 1)),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='uncounted',
            constraint=models.UniqueConstraint(fields=('workspace', 'heard_on'), name='uncounted_once'),
        ),
    ]
