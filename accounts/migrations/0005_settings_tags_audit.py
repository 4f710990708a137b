"""What a workspace decides about itself, tags on accounts, and the log of who decided what."""

import django.core.validators
import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

from accounts.tenancy import add_tenant_keys


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_event_known'),
    ]

    operations = [
        migrations.AddField(
            model_name='workspace',
            name='audit_kept_months',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Empty is for ever', null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='cleared_on',
            field=models.DateField(help_text='When the retention periods were last applied', null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='events_gone_before',
            field=models.DateField(help_text='The days before have rollups and no events', null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='events_kept_months',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Empty is for ever', null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='gross_margin',
            field=models.DecimalField(blank=True, decimal_places=4, help_text='Share of revenue, 0 to 1; empty is unknown', max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='workspace',
            name='refused_kept_days',
            field=models.PositiveSmallIntegerField(default=30),
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'unscoped',
                'default_manager_name': 'unscoped',
            },
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='AccountTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
                ('tag', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tag')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'unscoped',
                'default_manager_name': 'unscoped',
            },
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('by', models.CharField(blank=True, help_text='E-mail of the person or name of the key, at that time', max_length=254)),
                ('kind', models.CharField(max_length=60)),
                ('thing', models.CharField(help_text='What it was called at that time', max_length=200)),
                ('thing_id', models.BigIntegerField(null=True)),
                ('action', models.PositiveSmallIntegerField(choices=[(0, 'made'), (1, 'changed'), (2, 'deleted')])),
                ('changes', models.JSONField(help_text='Field → [before, after]')),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'unscoped',
                'default_manager_name': 'unscoped',
                'indexes': [models.Index(fields=['workspace', '-id'], name='audit_newest'), models.Index(fields=['workspace', 'kind', '-id'], name='audit_kind'), models.Index(fields=['workspace', 'actor', '-id'], name='audit_actor'), models.Index(fields=['workspace', 'at'], name='audit_at')],
            },
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.UniqueConstraint(fields=('workspace', 'name'), name='tag_name'),
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.UniqueConstraint(fields=('workspace', 'id'), name='tag_in_workspace'),
        ),
        migrations.AddIndex(
            model_name='accounttag',
            index=models.Index(fields=['workspace', 'tag', 'account'], name='account_tag_accounts'),
        ),
        migrations.AddConstraint(
            model_name='accounttag',
            constraint=models.UniqueConstraint(fields=('workspace', 'account', 'tag'), name='account_tag_once'),
        ),
        migrations.RunPython(add_tenant_keys("accounts"), migrations.RunPython.noop),
    ]
