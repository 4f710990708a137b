"""Which import made an account, and what an import changed of one that was there; before this nobody kept it."""

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from accounts.tenancy import add_tenant_keys, guard_by_statement


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0029_functions'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=20)),
                ('before', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('after', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
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
        migrations.AddField(
            model_name='account',
            name='imported',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The file that made it', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.import'),
        ),
        migrations.AddField(
            model_name='account',
            name='told_since',
            field=models.BooleanField(db_default=False, default=False, help_text='Something else than files has told of it since, or somebody has changed it'),
        ),
        migrations.AddField(
            model_name='import',
            name='undone',
            field=models.JSONField(default=dict, help_text='What was taken back: facts, accounts, and what stays, by reason'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('imported__isnull', False)), fields=['workspace', 'imported'], name='account_imported'),
        ),
        migrations.AddField(
            model_name='accountchange',
            name='account',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account'),
        ),
        migrations.AddField(
            model_name='accountchange',
            name='imported',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.import'),
        ),
        migrations.AddField(
            model_name='accountchange',
            name='workspace',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddIndex(
            model_name='accountchange',
            index=models.Index(fields=['workspace', 'imported', 'account'], name='account_change_import'),
        ),
        migrations.AddConstraint(
            model_name='accountchange',
            constraint=models.UniqueConstraint(fields=('workspace', 'account', 'field', 'imported'), name='account_change_once'),
        ),
        migrations.RunPython(guard_by_statement("accounts", "accounts_accountchange"), migrations.RunPython.noop),
        migrations.RunPython(add_tenant_keys("accounts"), migrations.RunPython.noop),
    ]
